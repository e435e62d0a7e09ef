/* A CAS whose peers are the input: raw bytes, and any message inside proper channels, from its owner's key and a stranger's, in any
 * order with time, lost connections and failing disks. */
#include "base/assert.h"
#include "base/random.h"
#include "cas/cas.h"
#include "cas/state.h"
#include "protocol/control/voucher.h"
#include <sodium.h>
#include <string.h>

#define CONNECTIONS 4
#define MEMORY_BYTES (2U << 20)
#define MESSAGE_MAX_BYTES 255

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
    struct avo_reader input;
    struct avo_prng random;
    struct avo_aead *aead;
    struct avo_verifier verifier;
    struct avo_cas_policy_reader policy_reader;
    struct avo_key_pair owner;
    struct avo_cas *cas;
    uint64_t now_us;
    bool open[CONNECTIONS];
    bool approved;
    uint32_t signed_count;
    struct avo_secure_stream peers[CONNECTIONS];
    uint8_t out_memory[AVO_STREAM_MESSAGE_MAX_BYTES];
    struct avo_buffer proof; /* what a peer says when its handshake is done */
    uint8_t proof_memory[512];
};

/* Good evidence begins with the report data's first byte, so that the fuzzer sometimes joins. */
static enum avo_error verify(void *context, struct avo_slice policy, enum avo_attested_role role, struct avo_slice evidence,
                             const uint8_t report_data[AVO_BINDING_BYTES], uint64_t now_s, struct avo_attested *attested,
                             struct avo_text *reason) {
    (void)context, (void)policy, (void)role, (void)now_s, (void)report_data;
    if (evidence.data[0] != 'g') {
        avo_text_add(reason, evidence);
        return AVO_EDENIED;
    }
    *attested = (struct avo_attested){.tee = AVO_TEE_SGX, .chip = {1, {role == AVO_ATTESTED_ROLE_LAS ? evidence.data[1] : 0}}};
    return AVO_OK;
}

static enum avo_error verify_vouched(void *context, struct avo_slice policy, enum avo_attested_role role,
                                     struct avo_slice report_body, const uint8_t report_data[AVO_BINDING_BYTES],
                                     struct avo_attested *attested, struct avo_text *reason) {
    return verify(context, policy, role, report_body, report_data, 0, attested, reason);
}

static enum avo_error read_policy(void *context, struct avo_slice text, struct avo_cas_policy *policy, struct avo_text *reason) {
    const struct fuzz *fuzz = context;
    if (text.data[0] != 'p') {
        avo_text_add(reason, text);
        return AVO_EFORMAT;
    }
    *policy = (struct avo_cas_policy){.version = 1, .slot_count = 2, .worker_count = 1, .mtu_bytes = 1500, .value_max_bytes = 1024};
    memset(policy->slot_machine, AVO_CAS_NO_MACHINE, sizeof policy->slot_machine);
    policy->machine_count = 1;
    policy->machines[0] = (struct avo_cas_machine){"m1", {1, {'1'}}};
    policy->slot_machine[1] = 0;
    memcpy(policy->owner, fuzz->owner.public, sizeof policy->owner);
    return AVO_OK;
}

static void deliver(struct fuzz *fuzz, const struct avo_cas_effect *effect) {
    struct avo_slice in = effect->bytes;
    struct avo_slice message;
    while (in.length > 0 && !fuzz->peers[effect->connection].broken) {
        if (avo_secure_stream_read(&fuzz->peers[effect->connection], &fuzz->random.random, &in, &fuzz->proof, &message) != AVO_OK) {
            return;
        }
    }
}

static void step(struct fuzz *fuzz, struct avo_cas_event event) {
    event.now_us = fuzz->now_us;
    event.now_s = 1800000000;
    struct avo_cas_effects effects = avo_cas_step(fuzz->cas, &event);
    for (uint32_t i = 0; i < effects.count; i++) {
        const struct avo_cas_effect *effect = &effects.effects[i];
        if (effect->kind == AVO_CAS_SEND) {
            AVO_ASSERT(effect->connection < CONNECTIONS && effect->bytes.length > 0);
            deliver(fuzz, effect);
        }
        if (effect->kind == AVO_CAS_CLOSE) {
            fuzz->open[effect->connection] = false;
        }
        if (effect->kind == AVO_CAS_PERSIST) {
            AVO_ASSERT(fuzz->approved); /* nothing is signed that the owner did not approve [V0] */
            fuzz->signed_count++;
        }
    }
}

/* Opens a connection and does its handshake, under the owner's key or a fresh one. */
static void connect_peer(struct fuzz *fuzz, uint32_t connection, bool as_owner) {
    struct avo_key_pair key = fuzz->owner;
    struct avo_buffer out = {fuzz->out_memory, 0, sizeof fuzz->out_memory};
    struct avo_secure_stream *peer = &fuzz->peers[connection];
    if (!as_owner) {
        avo_key_pair_make(&key, &fuzz->random.random);
    }
    avo_secure_stream_initiate(peer, fuzz->aead, &key, avo_cas_public_key(fuzz->cas), avo_slice_string(AVO_CONTROL_PROLOGUE));
    fuzz->open[connection] = avo_secure_stream_start(peer, &fuzz->random.random, &out) == AVO_OK;
    fuzz->proof = (struct avo_buffer){fuzz->proof_memory, 0, sizeof fuzz->proof_memory};
    step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_OPENED, .connection = connection});
    step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_BYTES, .connection = connection, .bytes = avo_buffer_slice(&out)});
    if (fuzz->proof.length > 0) {
        step(fuzz,
             (struct avo_cas_event){.kind = AVO_CAS_BYTES, .connection = connection, .bytes = avo_buffer_slice(&fuzz->proof)});
    }
}

static void say(struct fuzz *fuzz, uint32_t connection, struct avo_slice message) {
    struct avo_buffer out = {fuzz->out_memory, 0, sizeof fuzz->out_memory};
    struct avo_secure_stream *peer = &fuzz->peers[connection];
    if (fuzz->open[connection] && peer->ready && !peer->broken && message.length > 0 &&
        avo_secure_stream_write(peer, message, &out) == AVO_OK) {
        step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_BYTES, .connection = connection, .bytes = avo_buffer_slice(&out)});
    }
}

/* A JOIN that passes, for the slot the input says. */
static void join(struct fuzz *fuzz, uint32_t connection, uint8_t slot) {
    uint8_t bytes[256];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_join_request request = {.wire_highest = AVO_WIRE_VERSION,
                                       .slot = slot,
                                       .tee = AVO_TEE_SGX,
                                       .address = {.port = (uint16_t)(7000 + slot)},
                                       .worker_count = 1,
                                       .datagram_max_bytes = 1472,
                                       .kind = AVO_EVIDENCE_BY_VENDOR,
                                       .evidence = avo_slice_string("good")};
    avo_join_request_write(&writer, &request);
    say(fuzz, connection, avo_writer_slice(&writer));
}

/* A LAS of machine m1, or of another, registers; a voucher of its key follows on another connection. */
static void las(struct fuzz *fuzz, uint32_t connection, uint8_t which) {
    uint8_t bytes[256], secret[64];
    const uint8_t seed[32] = {which};
    const uint8_t evidence[] = {'g', which};
    struct avo_las_request request = {.tee = AVO_TEE_SGX, .evidence = AVO_SLICE_OF(evidence)};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    (void)crypto_sign_seed_keypair(request.sign_public, secret, seed);
    avo_las_request_write(&writer, &request);
    say(fuzz, connection, avo_writer_slice(&writer));
}

static void join_vouched(struct fuzz *fuzz, uint32_t connection, uint8_t which) {
    uint8_t bytes[1024], public[32], secret[64], voucher[AVO_VOUCHER_BYTES];
    const uint8_t seed[32] = {which}, body[AVO_REPORT_BODY_BYTES] = {'g'};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    (void)crypto_sign_seed_keypair(public, secret, seed);
    avo_voucher_make(body, secret, voucher);
    struct avo_join_request request = {.wire_highest = AVO_WIRE_VERSION,
                                       .slot = which & 1,
                                       .tee = AVO_TEE_SGX,
                                       .address = {.port = (uint16_t)(7000 + (which & 1))},
                                       .worker_count = 1,
                                       .datagram_max_bytes = 1472,
                                       .kind = AVO_EVIDENCE_BY_LAS,
                                       .evidence = AVO_SLICE_OF(voucher)};
    avo_join_request_write(&writer, &request);
    say(fuzz, connection, avo_writer_slice(&writer));
}

/* The approval an owner would give now. */
static void approve(struct fuzz *fuzz, uint32_t connection) {
    struct avo_view view;
    uint8_t bytes[1 + AVO_HASH_BYTES] = {AVO_CONTROL_APPROVE};
    if (fuzz->cas->phase == AVO_CAS_GATHERING && avo_cas_propose(fuzz->cas, &view)) {
        avo_view_hash(&view, bytes + 1);
        fuzz->approved = true;
        say(fuzz, connection, AVO_SLICE_OF(bytes));
    }
}

static void act(struct fuzz *fuzz) {
    uint8_t what = avo_read_u8(&fuzz->input);
    uint32_t connection = what % CONNECTIONS;
    struct avo_slice bytes = AVO_SLICE_EMPTY;
    switch (what / CONNECTIONS % 13) {
    case 0:
        connect_peer(fuzz, connection, true);
        break;
    case 1:
        connect_peer(fuzz, connection, false);
        break;
    case 2:
        bytes = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input));
        step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_BYTES, .connection = connection, .bytes = bytes});
        break;
    case 3:
        say(fuzz, connection, avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input)));
        break;
    case 4:
        join(fuzz, connection, avo_read_u8(&fuzz->input));
        break;
    case 5:
        approve(fuzz, connection);
        break;
    case 6:
        fuzz->open[connection] = false;
        step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_CLOSED, .connection = connection});
        break;
    case 7:
        fuzz->now_us += 1000000ULL * avo_read_u8(&fuzz->input);
        step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_TICK});
        break;
    case 8:
        bytes = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input));
        step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_EVIDENCE_READY, .connection = connection, .bytes = bytes});
        break;
    case 9:
        las(fuzz, connection, avo_read_u8(&fuzz->input));
        break;
    case 10:
        join_vouched(fuzz, connection, avo_read_u8(&fuzz->input));
        break;
    case 11:
        step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_CROWDED});
        break;
    default:
        step(fuzz, (struct avo_cas_event){.kind = AVO_CAS_PERSISTED, .error = connection == 0 ? AVO_EIO : AVO_OK});
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static _Alignas(64) uint8_t memory[MEMORY_BYTES];
    static struct fuzz fuzz;
    avo_arena_end(memory, sizeof memory);
    memset(memory, 0, sizeof memory);
    memset(&fuzz, 0, sizeof fuzz);
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    fuzz.input = avo_reader(avo_slice(data, size));
    fuzz.random = avo_prng(1);
    fuzz.aead = avo_aead_create(&arena, AVO_AEAD_NETTLE);
    fuzz.verifier = (struct avo_verifier){.context = &fuzz, .verify = verify, .verify_vouched = verify_vouched};
    fuzz.policy_reader = (struct avo_cas_policy_reader){&fuzz, read_policy};
    fuzz.now_us = 1;
    avo_key_pair_make(&fuzz.owner, &fuzz.random.random);
    const struct avo_cas_config config = {.connection_max_count = CONNECTIONS,
                                          .tee = AVO_TEE_SGX,
                                          .aead = fuzz.aead,
                                          .random = &fuzz.random.random,
                                          .verifier = &fuzz.verifier,
                                          .policy_reader = &fuzz.policy_reader};
    fuzz.cas = avo_cas_create(&arena, &config);
    AVO_ASSERT(fuzz.cas != NULL);
    while (fuzz.input.left > 0 && !fuzz.input.failed) {
        act(&fuzz);
        AVO_ASSERT(fuzz.cas->phase != AVO_CAS_FORMED || fuzz.signed_count > 0);
    }
    return 0;
}
