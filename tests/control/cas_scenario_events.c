/* What happens to the CAS, and what it wants done. */
#include "tests/control/cas_scenario_state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void deliver(struct cas_scenario *scenario, uint32_t peer, struct avo_slice in) {
    struct cas_scenario_peer *to = &scenario->peers[peer];
    AVO_ASSERT(in.length > 0);
    if (to->stream.noise.aead == NULL) { /* it began no handshake */
        cas_scenario_line(scenario, "%s: %zu bytes\n", cas_scenario_name(peer), in.length);
        return;
    }
    while (in.length > 0) {
        struct avo_slice message;
        AVO_ASSERT(avo_secure_stream_read(&to->stream, &scenario->random.random, &in, &to->out, &message) == AVO_OK);
        if (message.length > 0) {
            cas_scenario_trace(scenario, peer, message);
        }
    }
}

/* The CAS's evidence is to be bound to the asker's nonce, its own keys and this connection [DESIGN 11.2]. */
static void trace_evidence(struct cas_scenario *scenario, const struct avo_cas_effect *effect) {
    struct avo_binding binding = {.tee = AVO_TEE_SGX, .role = AVO_ATTESTED_ROLE_CAS, .nonce = {CAS_SCENARIO_NONCE}};
    uint8_t report_data[AVO_BINDING_BYTES];
    memcpy(binding.channel_key, avo_cas_public_key(scenario->cas), sizeof binding.channel_key);
    memcpy(binding.cas_key, avo_cas_public_key(scenario->cas), sizeof binding.cas_key);
    memcpy(binding.handshake_hash, scenario->peers[effect->connection].stream.handshake_hash, sizeof binding.handshake_hash);
    avo_cas_configuration_hash(avo_cas_sign_public_key(scenario->cas), (const uint8_t[AVO_PUBLIC_KEY_BYTES]){0},
                               binding.configuration_hash);
    avo_binding_report_data(&binding, report_data);
    scenario->evidence_for = effect->connection;
    cas_scenario_line(scenario, "need evidence %s%s\n", cas_scenario_name(effect->connection),
                      avo_slice_equal(effect->bytes, AVO_SLICE_OF(report_data)) ? "" : ", BOUND TO SOMETHING ELSE");
}

/* Strangers cause it, so its kinds are few: the words themselves, but for what a stranger put into them. */
static void check_kind(const struct avo_cas_effect *effect) {
    bool names_version = memmem(effect->bytes.data, effect->bytes.length, "wire version", 12) != NULL;
    struct avo_slice expected = names_version ? avo_slice_string("it speaks another version") : effect->bytes;
    AVO_ASSERT(effect->log_kind != NULL && avo_slice_equal(avo_slice_string(effect->log_kind), expected));
}

static void carry_out(struct cas_scenario *scenario, const struct avo_cas_effect *effect) {
    const char *text = (const char *)effect->bytes.data;
    int length = (int)effect->bytes.length;
    switch (effect->kind) {
    case AVO_CAS_SEND:
        deliver(scenario, effect->connection, effect->bytes);
        break;
    case AVO_CAS_CLOSE:
        cas_scenario_line(scenario, "close %s: %.*s\n", cas_scenario_name(effect->connection), length, text);
        check_kind(effect);
        break;
    case AVO_CAS_NEED_EVIDENCE:
        trace_evidence(scenario, effect);
        break;
    case AVO_CAS_PERSIST:
        avo_copy(scenario->stored.data, scenario->stored.capacity, effect->bytes);
        scenario->stored.length = effect->bytes.length;
        cas_scenario_line(scenario, "persist\n");
        break;
    case AVO_CAS_KEYS_CHANGED:
        cas_scenario_line(scenario, "keys changed\n");
        break;
    case AVO_CAS_LOG:
        cas_scenario_line(scenario, "%s %.*s\n", effect->level == AVO_LOG_WARN ? "warn" : "log", length, text);
        break;
    }
}

static void step(struct cas_scenario *scenario, struct avo_cas_event event) {
    event.now_us = scenario->now_us;
    event.now_s = CAS_SCENARIO_NOW_S;
    struct avo_cas_effects effects = avo_cas_step(scenario->cas, &event);
    for (uint32_t i = 0; i < effects.count; i++) {
        carry_out(scenario, &effects.effects[i]);
    }
}

static void bytes(struct cas_scenario *scenario, uint32_t peer, struct avo_slice in) {
    step(scenario, (struct avo_cas_event){.kind = AVO_CAS_BYTES, .connection = peer, .bytes = in});
}

void cas_scenario_flush(struct cas_scenario *scenario, uint32_t peer) {
    struct avo_slice said = avo_buffer_slice(&scenario->peers[peer].out);
    scenario->peers[peer].out.length = 0;
    bytes(scenario, peer, said);
}

static void opens(struct cas_scenario *scenario, uint32_t peer) {
    struct cas_scenario_peer *from = &scenario->peers[peer];
    from->out = (struct avo_buffer){from->out_memory, 0, sizeof from->out_memory};
    step(scenario, (struct avo_cas_event){.kind = AVO_CAS_OPENED, .connection = peer});
}

static void greets(struct cas_scenario *scenario, uint32_t peer) {
    struct cas_scenario_peer *from = &scenario->peers[peer];
    avo_secure_stream_initiate(&from->stream, scenario->aead, &from->key, avo_cas_public_key(scenario->cas),
                               avo_slice_string(AVO_CONTROL_PROLOGUE));
    AVO_ASSERT(avo_secure_stream_start(&from->stream, &scenario->random.random, &from->out) == AVO_OK);
    memcpy(from->first, from->out.data, from->out.length);
    from->first_length = from->out.length;
    cas_scenario_flush(scenario, peer);
}

/* The answer to a replay cannot be read by the replayer. */
static void replays(struct cas_scenario *scenario, uint32_t peer) {
    const struct cas_scenario_peer *from = &scenario->peers[peer];
    struct avo_cas_event event = {.kind = AVO_CAS_BYTES,
                                  .connection = peer,
                                  .bytes = avo_slice(from->first, from->first_length),
                                  .now_us = scenario->now_us,
                                  .now_s = CAS_SCENARIO_NOW_S};
    struct avo_cas_effects effects = avo_cas_step(scenario->cas, &event);
    for (uint32_t i = 0; i < effects.count; i++) {
        if (effects.effects[i].kind == AVO_CAS_SEND) {
            cas_scenario_line(scenario, "%s: %zu sealed bytes\n", cas_scenario_name(peer), effects.effects[i].bytes.length);
        } else {
            carry_out(scenario, &effects.effects[i]);
        }
    }
}

void cas_scenario_connection_event(struct cas_scenario *scenario, uint32_t peer, const char *event) {
    if (strcmp(event, "opens") == 0 || strcmp(event, "comes") == 0) {
        opens(scenario, peer);
    }
    if (strcmp(event, "greets") == 0 || strcmp(event, "comes") == 0) {
        greets(scenario, peer);
    }
    if (strcmp(event, "proves") == 0 || strcmp(event, "comes") == 0) {
        cas_scenario_flush(scenario, peer);
    } else if (strcmp(event, "replays") == 0) {
        replays(scenario, peer);
    } else if (strncmp(event, "sends ", 6) == 0) {
        bytes(scenario, peer, avo_slice_string(event + 6));
    } else if (strcmp(event, "leaves") == 0) {
        step(scenario, (struct avo_cas_event){.kind = AVO_CAS_CLOSED, .connection = peer});
    }
}

void cas_scenario_say(struct cas_scenario *scenario, uint32_t peer, const char *what) {
    const char *second = strstr(what, " & ");
    char first[64];
    (void)snprintf(first, sizeof first, "%.*s", second == NULL ? (int)strlen(what) : (int)(second - what), what);
    cas_scenario_write(scenario, peer, first);
    if (second != NULL) {
        cas_scenario_write(scenario, peer, second + 3);
    }
    cas_scenario_flush(scenario, peer);
}

void cas_scenario_machine_event(struct cas_scenario *scenario, const char *event) {
    static uint8_t evidence[AVO_EVIDENCE_MAX_BYTES + 1];
    if (strncmp(event, "cpu ", 4) == 0) {
        step(scenario, (struct avo_cas_event){.kind = AVO_CAS_EVIDENCE_READY,
                                              .connection = scenario->evidence_for,
                                              .bytes = avo_slice(evidence, (size_t)strtoul(event + 4, NULL, 10))});
    } else if (strncmp(event, "disk ", 5) == 0) {
        bool full = strcmp(event, "disk full") == 0;
        step(scenario, (struct avo_cas_event){.kind = AVO_CAS_PERSISTED,
                                              .error = full ? AVO_EIO : AVO_OK,
                                              .bytes = avo_slice_string(full ? "no space" : "")});
    } else if (strcmp(event, "crowd") == 0) {
        step(scenario, (struct avo_cas_event){.kind = AVO_CAS_CROWDED});
    } else if (strcmp(event, "beyond") == 0) { /* a connection that no CAS of so many has */
        step(scenario, (struct avo_cas_event){.kind = AVO_CAS_OPENED, .connection = CAS_SCENARIO_PEERS});
    } else {
        AVO_ASSERT(strncmp(event, "tick ", 5) == 0);
        scenario->now_us += strtoull(event + 5, NULL, 10);
        step(scenario, (struct avo_cas_event){.kind = AVO_CAS_TICK});
    }
}
