#include "tests/control/las_scenario.h"
#include "attest/verify/local_report.h"
#include "base/assert.h"
#include "base/secret.h"
#include "base/testing_stack.h"
#include "las/las.h"
#include "protocol/control/binding.h"
#include "protocol/control/hello.h"
#include "protocol/control/las.h"
#include "protocol/control/local.h"
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (2U << 20)
#define TEE 1

static const uint8_t report_key[AVO_CMAC_KEY_BYTES] = {7};

struct las_scenario {
    _Alignas(64) uint8_t memory[MEMORY_BYTES];
    struct avo_prng random, copy;
    struct avo_aead *aead;
    struct avo_key_pair cas_key;
    struct avo_las *las;
    struct avo_secure_stream cas; /* the CAS's end */
    bool nobody;                  /* what it connects to does not answer */
    struct avo_hello hello;
    uint32_t ids[LAS_SCENARIO_LOCALS];
    uint8_t report[LAS_SCENARIO_LOCALS][AVO_LOCAL_REPORT_BYTES];
    struct avo_buffer said; /* by the CAS, in this event */
    uint8_t said_memory[1024];
    size_t length;
    char trace[8192];
};

static AVO_PRINTF(2, 3) void trace(struct las_scenario *scenario, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(scenario->trace + scenario->length, sizeof scenario->trace - scenario->length, format, arguments);
    va_end(arguments);
    AVO_ASSERT(length >= 0 && (size_t)length < sizeof scenario->trace - scenario->length);
    scenario->length += (size_t)length;
}

static void trace_bytes(struct las_scenario *scenario, const char *before, struct avo_slice bytes) {
    trace(scenario, "%s%.*s\n", before, (int)bytes.length, (const char *)bytes.data);
}

static struct avo_binding binding_of(const struct las_scenario *scenario) {
    struct avo_binding binding = {.tee = TEE, .role = AVO_ATTESTED_ROLE_LAS};
    memcpy(binding.nonce, scenario->hello.nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, scenario->cas.remote_static, sizeof binding.channel_key);
    memcpy(binding.cas_key, scenario->cas_key.public, sizeof binding.cas_key);
    memcpy(binding.handshake_hash, scenario->cas.handshake_hash, sizeof binding.handshake_hash);
    avo_las_configuration_hash(avo_las_sign_public_key(scenario->las), binding.configuration_hash);
    return binding;
}

static void trace_evidence(struct las_scenario *scenario, struct avo_slice asked) {
    uint8_t report_data[AVO_BINDING_BYTES];
    struct avo_binding binding = binding_of(scenario);
    avo_binding_report_data(&binding, report_data);
    trace(scenario, "need evidence%s\n", avo_slice_equal(asked, AVO_SLICE_OF(report_data)) ? "" : ", BOUND TO SOMETHING ELSE");
}

static void trace_request(struct las_scenario *scenario, struct avo_slice message) {
    struct avo_las_request request;
    if (message.length == 0) {
        trace(scenario, "cas: PROOF\n");
        return;
    }
    AVO_ASSERT(avo_las_request_read(message, &request) == AVO_OK);
    bool own = request.tee == TEE && memcmp(request.sign_public, avo_las_sign_public_key(scenario->las), 32) == 0;
    trace(scenario, "cas: LAS %zu bytes%s\n", request.evidence.length, own ? "" : ", OF ANOTHER KEY OR TEE");
}

static void las_step(struct las_scenario *scenario, struct avo_las_event event);

/* What goes to the CAS; its own handshake message goes back at once. */
static void to_cas(struct las_scenario *scenario, struct avo_slice in) {
    uint8_t memory[512];
    struct avo_buffer out = {memory, 0, sizeof memory};
    if (scenario->nobody) {
        return;
    }
    if (!scenario->cas.ready) {
        trace(scenario, "cas: START\n");
    }
    while (in.length > 0) {
        struct avo_slice message;
        AVO_ASSERT(avo_secure_stream_read(&scenario->cas, &scenario->random.random, &in, &out, &message) == AVO_OK);
        if (message.data != NULL) {
            trace_request(scenario, message);
        }
    }
    if (out.length > 0) {
        las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_BYTES, .bytes = avo_buffer_slice(&out)});
    }
}

static void trace_answer(struct las_scenario *scenario, uint32_t local, struct avo_slice bytes) {
    struct avo_local_message message;
    struct avo_text text;
    AVO_ASSERT(avo_local_read(bytes, &message) == AVO_OK);
    const char *stale = message.id == scenario->ids[local] ? "" : " TO AN EARLIER QUESTION";
    switch (message.type) {
    case AVO_LOCAL_TARGET:
        trace(scenario, "%u: TARGET %02x%s\n", local, message.body.data[0], stale);
        break;
    case AVO_LOCAL_VOUCHER: {
        struct avo_voucher voucher;
        bool good = avo_voucher_read(message.body, &voucher) == AVO_OK && avo_voucher_check(message.body) == AVO_OK &&
                    avo_slice_equal(voucher.report_body, avo_slice(scenario->report[local], AVO_REPORT_BODY_BYTES));
        trace(scenario, "%u: VOUCHER%s%s\n", local, good ? "" : " THAT IS WRONG", stale);
        break;
    }
    default:
        avo_local_refused_text(&message, &text);
        trace(scenario, "%u: REFUSED %s%s\n", local, text.bytes, stale);
    }
}

static void trace_effect(struct las_scenario *scenario, const struct avo_las_effect *effect) {
    switch (effect->kind) {
    case AVO_LAS_SEND:
        to_cas(scenario, effect->bytes);
        break;
    case AVO_LAS_RECONNECT:
        trace(scenario, "reconnect\n");
        break;
    case AVO_LAS_NEED_EVIDENCE:
        trace_evidence(scenario, effect->bytes);
        break;
    case AVO_LAS_NEED_REPORT_KEY:
        trace(scenario, "need key %u\n", effect->local);
        AVO_ASSERT(effect->bytes.length == AVO_REPORT_KEY_ID_BYTES && effect->bytes.data[0] == 'i');
        break;
    case AVO_LAS_ANSWER:
        trace_answer(scenario, effect->local, effect->bytes);
        break;
    case AVO_LAS_DROP:
        trace(scenario, "%u: dropped\n", effect->local);
        break;
    case AVO_LAS_LOG:
        trace_bytes(scenario, "log ", effect->bytes);
        break;
    case AVO_LAS_WARN:
        trace_bytes(scenario, "warn ", effect->bytes);
        break;
    case AVO_LAS_END:
        trace_bytes(scenario, "end ", effect->bytes);
        break;
    }
}

/* The effects are copied, since carrying out one may be another step. */
static void las_step(struct las_scenario *scenario, struct avo_las_event event) {
    struct avo_las_effects effects = avo_las_step(scenario->las, &event);
    struct avo_las_effect *copies = calloc(effects.count + 1, sizeof *copies);
    AVO_ASSERT(copies != NULL);
    for (uint32_t i = 0; i < effects.count; i++) {
        copies[i] = effects.effects[i];
        uint8_t *bytes = calloc(copies[i].bytes.length + 1, 1);
        AVO_ASSERT(bytes != NULL);
        avo_copy(bytes, copies[i].bytes.length, copies[i].bytes);
        copies[i].bytes.data = bytes;
    }
    for (uint32_t i = 0; i < effects.count; i++) {
        trace_effect(scenario, &copies[i]);
        free((void *)(uintptr_t)copies[i].bytes.data);
    }
    free(copies);
}

static struct las_scenario *create(bool usable) {
    struct las_scenario *scenario = aligned_alloc(64, (sizeof *scenario + 63) / 64 * 64);
    AVO_ASSERT(scenario != NULL);
    memset(scenario, 0, sizeof *scenario);
    struct avo_arena arena = avo_arena(scenario->memory, sizeof scenario->memory);
    scenario->random = avo_prng(7);
    scenario->said = (struct avo_buffer){scenario->said_memory, 0, sizeof scenario->said_memory};
    scenario->aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    avo_key_pair_make(&scenario->cas_key, &scenario->random.random);
    struct avo_las_config config = {.local_max_count = LAS_SCENARIO_LOCALS,
                                    .tee = TEE,
                                    .aead = scenario->aead,
                                    .random = &scenario->random.random,
                                    .measurement = {0x1a}};
    if (usable) {
        memcpy(config.cas_public_key, scenario->cas_key.public, sizeof config.cas_public_key);
    }
    scenario->copy = scenario->random; /* draws the same secrets again */
    scenario->las = avo_las_create(&arena, &config);
    AVO_ASSERT(scenario->las != NULL);
    return scenario;
}

struct las_scenario *las_scenario_create(void) {
    return create(true);
}

struct las_scenario *las_scenario_create_unusable(void) {
    return create(false);
}

static bool holds(const struct las_scenario *scenario, const void *secret, size_t length) {
    return testing_has(scenario->memory, sizeof scenario->memory, secret, length);
}

bool las_scenario_holds_secrets(const struct las_scenario *scenario) {
    struct avo_prng copy = scenario->copy;
    struct avo_key_pair channel;
    uint8_t seed[32], public[32], secret[64];
    avo_key_pair_make(&channel, &copy.random);
    avo_random_fill(&copy.random, seed, sizeof seed);
    AVO_ASSERT(crypto_sign_seed_keypair(public, secret, seed) == 0);
    AVO_ASSERT(memcmp(public, avo_las_sign_public_key(scenario->las), sizeof public) == 0);
    return holds(scenario, channel.secret, sizeof channel.secret) || holds(scenario, seed, sizeof seed);
}

bool las_scenario_holds_stream(const struct las_scenario *scenario) {
    return holds(scenario, &scenario->cas.send_key, 64) || holds(scenario, &scenario->cas.receive_key, 64);
}

void las_scenario_destroy(struct las_scenario *scenario) {
    avo_las_wipe(scenario->las);
    free(scenario);
}

struct avo_las *las_scenario_las(struct las_scenario *scenario) {
    return scenario->las;
}

/* The CAS says a message in the stream. */
static void say(struct las_scenario *scenario, struct avo_slice message) {
    AVO_ASSERT(avo_secure_stream_write(&scenario->cas, message, &scenario->said) == AVO_OK);
}

static void say_done(struct las_scenario *scenario) {
    struct avo_slice said = avo_buffer_slice(&scenario->said);
    scenario->said.length = 0;
    if (said.length > 0) {
        las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_BYTES, .bytes = said});
    }
}

static void say_hello(struct las_scenario *scenario, const char *how) {
    uint8_t bytes[128];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    scenario->hello.nonce[0]++;
    scenario->hello.wire_version = AVO_WIRE_VERSION;
    avo_hello_write(&writer, &scenario->hello);
    if (strcmp(how, "older") == 0) {
        bytes[writer.length - 1]--;
    }
    say(scenario, avo_slice(bytes, writer.length - (strcmp(how, "cut") == 0)));
}

static void say_refused(struct las_scenario *scenario, const char *rest) {
    char name[32];
    int used = 0;
    uint8_t bytes[256];
    struct avo_text text = {0};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    AVO_ASSERT(sscanf(rest, "%31s %n", name, &used) == 1);
    avo_text_add_string(&text, rest + used);
    enum avo_error error = strcmp(name, "ESTALE") == 0 ? AVO_ESTALE : AVO_EDENIED;
    avo_control_refused_write(&writer, error, &text);
    say(scenario, avo_writer_slice(&writer));
}

static void say_type(struct las_scenario *scenario, uint8_t type, const char *body) {
    uint8_t bytes[64] = {type};
    size_t length = strlen(body);
    memcpy(bytes + 1, body, length);
    say(scenario, avo_slice(bytes, 1 + length));
}

static void ask(struct las_scenario *scenario, uint32_t local, enum avo_local_type type, struct avo_slice body, bool older) {
    uint8_t bytes[AVO_LOCAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_local_write(&writer, type, ++scenario->ids[local], body);
    if (older) {
        bytes[0] = AVO_WIRE_VERSION_FIRST - 1;
    }
    las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_LOCAL_MESSAGE, .local = local, .bytes = avo_writer_slice(&writer)});
}

static void ask_voucher(struct las_scenario *scenario, uint32_t local, bool genuine) {
    uint8_t *report = scenario->report[local];
    memset(report, 0, AVO_LOCAL_REPORT_BYTES);
    report[64] = 0xe0; /* MRENCLAVE begins there */
    report[AVO_SGX_REPORT_BYTES] = 'i';
    uint8_t *mac = report + AVO_SGX_REPORT_BYTES + AVO_REPORT_KEY_ID_BYTES;
    AVO_ASSERT(avo_cmac_aes128(report_key, avo_slice(report, AVO_SGX_REPORT_BYTES), mac) == AVO_OK);
    mac[AVO_CMAC_BYTES - 1] ^= genuine ? 0 : 1;
    ask(scenario, local, AVO_LOCAL_REPORT, avo_slice(report, AVO_LOCAL_REPORT_BYTES), false);
}

static void give_key(struct las_scenario *scenario, uint32_t local, size_t length) {
    uint8_t key[AVO_CMAC_KEY_BYTES + 1] = {0};
    memcpy(key, report_key, sizeof report_key);
    las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_REPORT_KEY_READY, .local = local, .bytes = avo_slice(key, length)});
}

static void local_event(struct las_scenario *scenario, uint32_t local, const char *event) {
    if (strcmp(event, "target") == 0 || strcmp(event, "older") == 0) {
        ask(scenario, local, AVO_LOCAL_TARGET_REQUEST, AVO_SLICE_EMPTY, strcmp(event, "older") == 0);
    } else if (strcmp(event, "report") == 0 || strcmp(event, "false report") == 0) {
        ask_voucher(scenario, local, event[0] == 'r');
    } else if (strcmp(event, "answer") == 0) { /* what only a LAS says */
        uint8_t target[AVO_LOCAL_TARGET_BYTES] = {0};
        ask(scenario, local, AVO_LOCAL_TARGET, AVO_SLICE_OF(target), false);
    } else if (strcmp(event, "junk") == 0) {
        las_step(scenario,
                 (struct avo_las_event){.kind = AVO_LAS_LOCAL_MESSAGE, .local = local, .bytes = avo_slice_string("junk")});
    } else if (strcmp(event, "gone") == 0) {
        las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_LOCAL_CLOSED, .local = local});
    } else {
        AVO_ASSERT(strstr(event, "key") != NULL);
        give_key(scenario, local, strcmp(event, "key") == 0 ? 16 : strcmp(event, "long key") == 0 ? 17 : 0);
    }
}

static void give_evidence(struct las_scenario *scenario, size_t length) {
    uint8_t *evidence = calloc(length + 1, 1);
    AVO_ASSERT(evidence != NULL);
    las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_EVIDENCE_READY, .bytes = avo_slice(evidence, length)});
    free(evidence);
}

static void cas_event(struct las_scenario *scenario, const char *event) {
    if (strcmp(event, "connect to nobody") == 0) {
        scenario->nobody = true;
        las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_OPENED});
        scenario->nobody = false;
    } else if (strcmp(event, "connect") == 0) {
        avo_secure_stream_respond(&scenario->cas, scenario->aead, &scenario->cas_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
        las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_OPENED});
    } else if (strcmp(event, "lost") == 0) {
        las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_CLOSED});
    } else if (strncmp(event, "bytes ", 6) == 0) {
        las_step(scenario, (struct avo_las_event){.kind = AVO_LAS_BYTES, .bytes = avo_slice_string(event + 6)});
    } else if (strncmp(event, "hello", 5) == 0) {
        say_hello(scenario, event[5] == ' ' ? event + 6 : "");
    } else if (strncmp(event, "wait", 4) == 0) {
        say_type(scenario, AVO_CONTROL_WAIT, event + 4);
    } else if (strncmp(event, "registered", 10) == 0) {
        say_type(scenario, AVO_CONTROL_LAS_REGISTERED, event + 10);
    } else if (strncmp(event, "refused ", 8) == 0) {
        say_refused(scenario, event + 8);
    } else if (strncmp(event, "evidence ", 9) == 0) {
        give_evidence(scenario, (size_t)strtoul(event + 9, NULL, 10));
    } else {
        AVO_ASSERT(strncmp(event, "say ", 4) == 0);
        say_type(scenario, (uint8_t)strtoul(event + 4, NULL, 10), "");
    }
}

const char *las_scenario_after(struct las_scenario *scenario, const char *event) {
    scenario->length = 0;
    scenario->trace[0] = '\0';
    const char *second = strstr(event, " & ");
    if (event[0] >= '0' && event[0] <= '9') {
        local_event(scenario, (uint32_t)(event[0] - '0'), event + 2);
    } else if (second != NULL) {
        char first[64];
        (void)snprintf(first, sizeof first, "%.*s", (int)(second - event), event);
        cas_event(scenario, first);
        cas_event(scenario, second + 3);
    } else {
        cas_event(scenario, event);
    }
    say_done(scenario);
    return scenario->trace;
}
