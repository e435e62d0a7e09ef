#include "tests/control/testing.h"
#include "base/assert.h"
#include "base/secret.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (8U << 20)

void *world_zeroed(size_t bytes) {
    size_t rounded = (bytes + AVO_CACHE_LINE_BYTES - 1) / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES;
    void *memory = aligned_alloc(AVO_CACHE_LINE_BYTES, rounded);
    AVO_ASSERT(memory != NULL);
    return memset(memory, 0, rounded);
}

void evidence_make(uint8_t to[EVIDENCE_BYTES], uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES]) {
    memset(to, 0, EVIDENCE_BYTES);
    to[0] = AVO_TEE_SGX;
    to[1] = measurement;
    memcpy(to + 1 + AVO_MEASUREMENT_BYTES, report_data, AVO_BINDING_BYTES);
}

static void attest(void *tee, uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence) {
    (void)tee;
    AVO_ASSERT(evidence->capacity >= EVIDENCE_BYTES);
    evidence_make(evidence->data, measurement, report_data);
    evidence->length = EVIDENCE_BYTES;
}

static enum avo_error verify(void *context, struct avo_slice policy, enum avo_attested_role role, struct avo_slice evidence,
                             const uint8_t report_data[AVO_BINDING_BYTES], uint64_t now_s, struct avo_attested *attested,
                             struct avo_text *reason) {
    (void)context;
    uint8_t accepted = role == AVO_ATTESTED_ROLE_CAS ? MEASUREMENT_CAS : MEASUREMENT_NODE;
    if (evidence.length != EVIDENCE_BYTES || now_s != WORLD_NOW_S || policy.length == 0) {
        avo_text_add_string(reason, "evidence: malformed");
        return AVO_EFORMAT;
    }
    if (!avo_secret_equal(evidence.data + 1 + AVO_MEASUREMENT_BYTES, report_data, AVO_BINDING_BYTES)) {
        avo_text_add_string(reason, "evidence: bound to something else");
        return AVO_EAUTH;
    }
    if (evidence.data[1] != accepted) {
        avo_text_add_string(reason, "measurement is not in the policy");
        return AVO_EDENIED;
    }
    *attested = (struct avo_attested){.tee = evidence.data[0], .simulated = true};
    memcpy(attested->measurement, evidence.data + 1, AVO_MEASUREMENT_BYTES);
    return AVO_OK;
}

/* A LAS's word for it: the same, without a vendor. */
static enum avo_error verify_vouched(void *context, struct avo_slice policy, enum avo_attested_role role,
                                     struct avo_slice report_body, const uint8_t report_data[AVO_BINDING_BYTES],
                                     struct avo_attested *attested, struct avo_text *reason) {
    return verify(context, policy, role, avo_slice(report_body.data, EVIDENCE_BYTES), report_data, WORLD_NOW_S, attested, reason);
}

static enum avo_error read_policy(void *context, struct avo_slice text, struct avo_cas_policy *policy, struct avo_text *reason) {
    const struct world *world = context;
    if (!avo_slice_equal(text, avo_slice_string("policy"))) {
        avo_text_add_string(reason, "policy.json:3: unknown key \"nods\"");
        return AVO_EFORMAT;
    }
    *policy = world->policy;
    return AVO_OK;
}

struct avo_cas_config world_config(struct world *world) {
    return (struct avo_cas_config){.connection_max_count = WORLD_CONNECTIONS,
                                   .tee = AVO_TEE_SGX,
                                   .aead = world->aead,
                                   .random = &world->random.random,
                                   .verifier = &world->verifier,
                                   .policy_reader = &world->policy_reader};
}

void world_key(struct world *world, struct avo_key_pair *pair) {
    avo_key_pair_make(pair, &world->random.random);
}

void world_open(struct world *world, uint64_t seed, const struct avo_key_pair *owner) {
    printf("seed %llu\n", (unsigned long long)seed);
    memset(world, 0, sizeof *world);
    world->random = avo_prng(seed);
    world->memory = world_zeroed(ARENA_BYTES);
    world->arena = avo_arena(world->memory, ARENA_BYTES);
    world->aead = avo_aead_create(&world->arena, AVO_AEAD_BEST);
    world->verifier = (struct avo_verifier){.context = world, .verify = verify, .verify_vouched = verify_vouched};
    world->policy_reader = (struct avo_cas_policy_reader){world, read_policy};
    world->policy = (struct avo_cas_policy){
        .version = 1, .slot_count = 3, .worker_count = 2, .mtu_bytes = 1500, .value_max_bytes = AVO_VALUE_MAX_BYTES};
    memset(world->policy.slot_machine, AVO_CAS_NO_MACHINE, sizeof world->policy.slot_machine);
    memcpy(world->policy.owner, owner->public, sizeof world->policy.owner);
    world->tee_attest = attest;
    world->cas_measurement = MEASUREMENT_CAS;
    world->now_us = 1;
    world->now_s = WORLD_NOW_S;
    for (uint32_t i = 0; i < WORLD_CONNECTIONS; i++) {
        pipe_reset(&world->from_cas[i]);
    }
    struct avo_cas_config config = world_config(world);
    world->cas = avo_cas_create(&world->arena, &config);
    AVO_ASSERT(world->cas != NULL);
}

enum avo_error world_restart(struct world *world, struct avo_text *reason) {
    struct avo_cas_config config = world_config(world);
    struct avo_cas *cas = avo_cas_create(&world->arena, &config);
    AVO_ASSERT(cas != NULL);
    enum avo_error error = avo_cas_restore(cas, avo_slice(world->state, world->state_length), reason);
    if (error == AVO_OK) {
        avo_cas_wipe(world->cas);
        world->cas = cas;
    }
    return error;
}

void world_close(struct world *world) {
    avo_cas_wipe(world->cas);
    free(world->memory);
}

static void take_evidence(struct world *world, const struct avo_cas_effect *effect, struct avo_buffer *evidence) {
    AVO_ASSERT(effect->bytes.length == AVO_BINDING_BYTES);
    const uint8_t *report_data = world->relay ? world->relayed_report_data : effect->bytes.data;
    world->tee_attest(world->tee, world->cas_measurement, report_data, evidence);
    memcpy(world->relayed_report_data, effect->bytes.data, AVO_BINDING_BYTES);
}

static void take_state(struct world *world, struct avo_slice state) {
    avo_copy(world->state, sizeof world->state, state);
    world->state_length = state.length;
    world->persisted++;
}

/* Carries out what can be done at once; `next` is the answer to what the CAS asked for, if it did. */
static bool carry_out(struct world *world, const struct avo_cas_effect *effect, struct avo_buffer *evidence,
                      struct avo_cas_event *next) {
    switch (effect->kind) {
    case AVO_CAS_SEND:
        pipe_append(&world->from_cas[effect->connection], effect->bytes);
        return false;
    case AVO_CAS_CLOSE:
        world->closed[effect->connection] = true;
        text_set(&world->why, effect->bytes);
        return false;
    case AVO_CAS_LOG:
        text_set(&world->log, effect->bytes);
        return false;
    case AVO_CAS_KEYS_CHANGED:
        return false;
    case AVO_CAS_NEED_EVIDENCE:
        take_evidence(world, effect, evidence);
        *next = (struct avo_cas_event){
            .kind = AVO_CAS_EVIDENCE_READY, .connection = effect->connection, .bytes = avo_buffer_slice(evidence)};
        return true;
    default:
        AVO_ASSERT(effect->kind == AVO_CAS_PERSIST);
        take_state(world, effect->bytes);
        *next = (struct avo_cas_event){.kind = AVO_CAS_PERSISTED,
                                       .error = world->persist_fails ? AVO_EIO : AVO_OK,
                                       .bytes = avo_slice_string(world->persist_fails ? "no space" : "")};
        return true;
    }
}

void world_step(struct world *world, struct avo_cas_event event) {
    uint8_t memory[AVO_EVIDENCE_MAX_BYTES];
    struct avo_buffer evidence = {memory, 0, sizeof memory};
    for (bool more = true; more;) {
        more = false;
        event.now_us = world->now_us;
        event.now_s = world->now_s;
        struct avo_cas_effects effects = avo_cas_step(world->cas, &event);
        for (uint32_t i = 0; i < effects.count; i++) {
            more |= carry_out(world, &effects.effects[i], &evidence, &event);
        }
    }
}

void world_connect(struct world *world, uint32_t connection) {
    pipe_reset(&world->from_cas[connection]);
    world->closed[connection] = false;
    world_step(world, (struct avo_cas_event){.kind = AVO_CAS_OPENED, .connection = connection});
}

void world_disconnect(struct world *world, uint32_t connection) {
    world_step(world, (struct avo_cas_event){.kind = AVO_CAS_CLOSED, .connection = connection});
}

void world_send(struct world *world, uint32_t connection, struct avo_slice bytes) {
    world_step(world, (struct avo_cas_event){.kind = AVO_CAS_BYTES, .connection = connection, .bytes = bytes});
}

void world_tick(struct world *world, uint64_t pass_us) {
    world->now_us += pass_us;
    world_step(world, (struct avo_cas_event){.kind = AVO_CAS_TICK});
}

static struct avo_slice user_pump(struct world *world, struct user *user) {
    struct pipe *from = &world->from_cas[user->connection];
    struct avo_slice in = avo_buffer_slice(&from->bytes);
    struct avo_slice reply = AVO_SLICE_EMPTY;
    enum avo_error error = avo_dialog_read(user->dialog, &in, &user->out.bytes, &reply);
    from->bytes.length = 0;
    return error == AVO_OK ? reply : AVO_SLICE_EMPTY;
}

struct avo_slice user_call(struct world *world, struct user *user) {
    world_send(world, user->connection, avo_buffer_slice(&user->out.bytes));
    user->out.bytes.length = 0;
    return user_pump(world, user);
}

void user_connect(struct world *world, struct user *user, const struct avo_key_pair *key, uint32_t connection) {
    user->connection = connection;
    user->key = *key;
    user->dialog = world_zeroed(sizeof *user->dialog);
    pipe_reset(&user->out);
    world_connect(world, connection);
    enum avo_error error =
        avo_dialog_start(user->dialog, world->aead, &world->random.random, key, avo_cas_public_key(world->cas), &user->out.bytes);
    AVO_ASSERT(error == AVO_OK);
    (void)user_call(world, user);
    AVO_ASSERT(user->dialog->greeted);
    (void)user_call(world, user);
}

enum avo_error user_attest(struct world *world, struct user *user, struct avo_text *reason) {
    struct avo_attested attested;
    avo_text_clear(reason);
    enum avo_error error = avo_dialog_ask_evidence(user->dialog, &user->out.bytes);
    AVO_ASSERT(error == AVO_OK);
    return avo_dialog_evidence_check(user->dialog, user_call(world, user), &world->verifier, avo_slice_string("policy"),
                                     WORLD_NOW_S, &attested, reason);
}

enum avo_error user_upload(struct world *world, struct user *user, const char *policy, struct avo_text *reason) {
    enum avo_error error = avo_dialog_ask_policy(user->dialog, avo_slice_string(policy), &user->out.bytes);
    return error != AVO_OK ? error : avo_dialog_done_check(user_call(world, user), reason);
}

enum avo_error user_status(struct world *world, struct user *user, struct avo_genesis_status *status, struct avo_text *reason) {
    enum avo_error error = avo_dialog_ask_status(user->dialog, &user->out.bytes);
    return error != AVO_OK ? error : avo_dialog_status_check(user_call(world, user), status, reason);
}

enum avo_error user_approve(struct world *world, struct user *user, const uint8_t hash[AVO_HASH_BYTES], struct avo_view *view,
                            struct avo_text *reason) {
    struct avo_signed_view signed_view;
    enum avo_error error = avo_dialog_ask_approve(user->dialog, hash, &user->out.bytes);
    return error != AVO_OK ? error
                           : avo_dialog_view_check(user->dialog, user_call(world, user), hash, NULL, &signed_view, view, reason);
}

enum avo_error user_view(struct world *world, struct user *user, struct avo_view *view, struct avo_text *reason) {
    struct avo_signed_view signed_view;
    enum avo_error error = avo_dialog_ask_view(user->dialog, &user->out.bytes);
    return error != AVO_OK ? error
                           : avo_dialog_view_check(user->dialog, user_call(world, user), NULL, NULL, &signed_view, view, reason);
}

enum avo_error user_ticket(struct world *world, struct user *user, uint8_t rights, struct avo_ticket *ticket,
                           struct avo_text *reason) {
    struct avo_ticket_request request = {.rights = rights};
    struct avo_slice bytes;
    memcpy(request.public_key, user->key.public, sizeof request.public_key);
    enum avo_error error = avo_dialog_ask_ticket(user->dialog, &request, &user->out.bytes);
    return error != AVO_OK ? error
                           : avo_dialog_ticket_check(user->dialog, user_call(world, user), &request, &bytes, ticket, reason);
}

void user_free(struct user *user) {
    avo_dialog_wipe(user->dialog);
    free(user->dialog);
}
