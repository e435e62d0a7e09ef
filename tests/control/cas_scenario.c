#include "tests/control/cas_scenario.h"
#include "base/testing_stack.h"
#include "protocol/control/voucher.h"
#include "tests/control/cas_scenario_state.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"owner", "alice", "mallory", "n0", "n1", "l1", "l2"};
_Static_assert(AVO_COUNT(names) == CAS_SCENARIO_PEERS, "one name each");

const char *cas_scenario_name(uint32_t connection) {
    AVO_ASSERT(connection < CAS_SCENARIO_PEERS);
    return names[connection];
}

/* Evidence: 'e', or 's' for a simulated TEE, measurement, chip, report data. The policy accepts measurement 'g'. */
static enum avo_error verify(void *context, struct avo_slice policy, enum avo_attested_role role, struct avo_slice evidence,
                             const uint8_t report_data[AVO_BINDING_BYTES], uint64_t now_s, struct avo_attested *attested,
                             struct avo_text *reason) {
    struct cas_scenario *scenario = context;
    (void)role;
    AVO_ASSERT(avo_slice_equal(avo_slice_part(policy, 0, 6), avo_slice_string("policy")) && now_s == CAS_SCENARIO_NOW_S);
    if (evidence.data[1] != 'g') {
        avo_text_add_string(reason, "its measurement is not accepted");
        return AVO_EDENIED;
    }
    if (!avo_secret_equal(evidence.data + 3, report_data, AVO_BINDING_BYTES)) {
        avo_text_add_string(reason, "bound to something else");
        return AVO_EAUTH;
    }
    *attested = (struct avo_attested){.tee = AVO_TEE_SGX,
                                      .measurement = {'g'},
                                      .chip = {1, {evidence.data[2]}},
                                      .simulated = evidence.data[0] == 's',
                                      .ends_s = scenario->las_ends_s};
    return AVO_OK;
}

static enum avo_error verify_vouched(void *context, struct avo_slice policy, enum avo_attested_role role, struct avo_slice body,
                                     const uint8_t report_data[AVO_BINDING_BYTES], struct avo_attested *attested,
                                     struct avo_text *reason) {
    enum avo_error error = verify(context, policy, role, body, report_data, CAS_SCENARIO_NOW_S, attested, reason);
    attested->simulated = false; /* the LAS's evidence says that */
    return error;
}

static uint64_t collateral_ends(void *context) {
    struct cas_scenario *scenario = context;
    return scenario->collateral_ends_s;
}

static enum avo_error read_policy(void *context, struct avo_slice text, struct avo_cas_policy *policy, struct avo_text *reason) {
    const struct cas_scenario *scenario = context;
    if (memmem(text.data, text.length, "wrong", 5) != NULL) {
        avo_text_add_string(reason, "policy.json:3: wrong");
        return AVO_EFORMAT;
    }
    const struct avo_key_pair *owner = &scenario->peers[memmem(text.data, text.length, "other", 5) != NULL ? 2 : 0].key;
    *policy = (struct avo_cas_policy){.version = 3,
                                      .slot_count = memmem(text.data, text.length, "narrow", 6) != NULL ? 0 : 2,
                                      .worker_count = 1,
                                      .mtu_bytes = 1500,
                                      .value_max_bytes = 1024,
                                      .user_count = 1,
                                      .users = {{.name_length = 5, .name = "alice", .rights = 1}},
                                      .las_required = memmem(text.data, text.length, "las", 3) != NULL,
                                      .machine_count = 2,
                                      .machines = {{"m1", {1, {'1'}}}, {"m2", {1, {'2'}}}}};
    memset(policy->slot_machine, AVO_CAS_NO_MACHINE, sizeof policy->slot_machine);
    policy->slot_machine[0] = 0;
    memcpy(policy->owner, owner->public, sizeof policy->owner);
    memcpy(policy->users[0].public_key, scenario->peers[1].key.public, AVO_PUBLIC_KEY_BYTES);
    return AVO_OK;
}

static struct avo_cas *make_cas(struct cas_scenario *scenario) {
    const struct avo_cas_config config = {.connection_max_count = CAS_SCENARIO_PEERS,
                                          .tee = AVO_TEE_SGX,
                                          .aead = scenario->aead,
                                          .random = &scenario->random.random,
                                          .verifier = &scenario->verifier,
                                          .policy_reader = &scenario->policy_reader,
                                          .evidence_ends_s = scenario->evidence_ends_s};
    scenario->copy = scenario->random;
    struct avo_cas *cas = avo_cas_create(&scenario->arena, &config);
    AVO_ASSERT(cas != NULL);
    return cas;
}

struct cas_scenario *cas_scenario_create(void) {
    struct cas_scenario *scenario = aligned_alloc(64, (sizeof *scenario + 63) / 64 * 64);
    AVO_ASSERT(scenario != NULL);
    memset(scenario, 0, sizeof *scenario);
    scenario->arena = avo_arena(scenario->memory, sizeof scenario->memory);
    scenario->random = avo_prng(11);
    scenario->aead = avo_aead_create(&scenario->arena, AVO_AEAD_BEST);
    scenario->verifier = (struct avo_verifier){
        .context = scenario, .verify = verify, .verify_vouched = verify_vouched, .collateral_ends = collateral_ends};
    scenario->policy_reader = (struct avo_cas_policy_reader){scenario, read_policy};
    scenario->stored = (struct avo_buffer){scenario->stored_memory, 0, sizeof scenario->stored_memory};
    scenario->now_us = 1000000;
    scenario->evidence_ends_s = CAS_SCENARIO_NOW_S + 1000000;
    for (uint32_t i = 0; i < CAS_SCENARIO_PEERS; i++) {
        uint8_t seed[32] = {(uint8_t)i};
        avo_key_pair_make(&scenario->peers[i].key, &scenario->random.random);
        (void)crypto_sign_seed_keypair(scenario->peers[i].sign_public, scenario->peers[i].sign_secret, seed);
    }
    scenario->cas = make_cas(scenario);
    return scenario;
}

void cas_scenario_destroy(struct cas_scenario *scenario) {
    avo_cas_wipe(scenario->cas);
    free(scenario);
}

struct avo_cas *cas_scenario_cas(struct cas_scenario *scenario) {
    return scenario->cas;
}

void cas_scenario_ends(struct cas_scenario *scenario, uint64_t collateral_s, uint64_t las_s) {
    scenario->collateral_ends_s = collateral_s;
    scenario->las_ends_s = las_s;
}

void cas_scenario_evidence_ends(struct cas_scenario *scenario, uint64_t ends_s) {
    scenario->evidence_ends_s = ends_s;
}

struct avo_buffer *cas_scenario_stored(struct cas_scenario *scenario) {
    return &scenario->stored;
}

const char *cas_scenario_restart(struct cas_scenario *scenario) {
    static uint8_t before_memory[AVO_CAS_STATE_MAX_BYTES], after_memory[AVO_CAS_STATE_MAX_BYTES];
    struct avo_buffer before = {before_memory, 0, sizeof before_memory}, after = {after_memory, 0, sizeof after_memory};
    const size_t used_bytes = scenario->arena.used_bytes;
    struct avo_cas *next = make_cas(scenario);
    avo_cas_save(next, &before);
    if (avo_cas_restore(next, avo_buffer_slice(&scenario->stored), &scenario->refused) == AVO_OK) {
        avo_cas_wipe(scenario->cas);
        scenario->cas = next;
        return "";
    }
    avo_cas_save(next, &after);
    AVO_ASSERT(avo_slice_equal(avo_buffer_slice(&before), avo_buffer_slice(&after)));
    avo_cas_wipe(next);
    avo_arena_end(scenario->memory + used_bytes, scenario->arena.used_bytes - used_bytes);
    memset(scenario->memory + used_bytes, 0, scenario->arena.used_bytes - used_bytes);
    scenario->arena.used_bytes = used_bytes;
    return scenario->refused.bytes;
}

static bool holds(const struct cas_scenario *scenario, const void *secret, size_t length) {
    return testing_has(scenario->memory, sizeof scenario->memory, secret, length);
}

bool cas_scenario_holds_secrets(const struct cas_scenario *scenario) {
    struct avo_prng copy = scenario->copy;
    struct avo_key_pair channel;
    uint8_t seed[32], public[32], secret[64];
    avo_key_pair_make(&channel, &copy.random);
    avo_random_fill(&copy.random, seed, sizeof seed);
    AVO_ASSERT(crypto_sign_seed_keypair(public, secret, seed) == 0);
    AVO_ASSERT(memcmp(public, avo_cas_sign_public_key(scenario->cas), sizeof public) == 0);
    return holds(scenario, channel.secret, sizeof channel.secret) || holds(scenario, seed, sizeof seed) ||
           cas_scenario_holds_cluster_secret(scenario);
}

bool cas_scenario_holds_cluster_secret(const struct cas_scenario *scenario) {
    return scenario->has_cluster_secret && holds(scenario, scenario->cluster_secret, sizeof scenario->cluster_secret);
}

unsigned cas_scenario_copies(const struct cas_scenario *scenario) {
    struct avo_prng copy = scenario->copy;
    struct avo_key_pair channel;
    avo_key_pair_make(&channel, &copy.random);
    return (unsigned)testing_count(scenario->memory, sizeof scenario->memory, channel.secret);
}

bool cas_scenario_holds_stream(const struct cas_scenario *scenario, const char *name) {
    for (uint32_t i = 0; i < CAS_SCENARIO_PEERS; i++) {
        if (strcmp(names[i], name) == 0) {
            return holds(scenario, &scenario->peers[i].stream.send_key, 64) ||
                   holds(scenario, &scenario->peers[i].stream.receive_key, 64);
        }
    }
    AVO_ASSERT(false);
    return false;
}

static uint32_t peer_of(const char *event, const char **rest) {
    for (uint32_t i = 0; i < CAS_SCENARIO_PEERS; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(event, names[i], length) == 0 && (event[length] == ' ' || event[length] == ':')) {
            *rest = event + length;
            return i;
        }
    }
    return CAS_SCENARIO_PEERS;
}

/* What is drawn at random is named: HASH for a view's, l1 for the hash that names a LAS. */
static void name_hashes(struct cas_scenario *scenario) {
    static const char digits[] = "0123456789abcdef";
    char *to = scenario->trace;
    for (const char *from = scenario->trace; *from != '\0';) {
        size_t run = strspn(from, digits);
        const char *name = run == 64 && strncmp(from, "6700", 4) != 0 ? "HASH" : NULL;
        for (uint32_t i = 0; i < CAS_SCENARIO_PEERS && run == 16; i++) {
            uint8_t hash[AVO_HASH_BYTES];
            char hex[17];
            avo_las_hash(scenario->peers[i].sign_public, hash);
            (void)sodium_bin2hex(hex, sizeof hex, hash, 8);
            name = strncmp(hex, from, 16) == 0 ? names[i] : name;
        }
        size_t length = name != NULL ? strlen(name) : run > 0 ? run : 1;
        memmove(to, name != NULL ? name : from, length);
        to += length;
        from += name != NULL ? run : length;
    }
    *to = '\0';
}

const char *cas_scenario_after(struct cas_scenario *scenario, const char *event) {
    const char *rest;
    scenario->length = 0;
    scenario->trace[0] = '\0';
    uint32_t peer = peer_of(event, &rest);
    if (peer == CAS_SCENARIO_PEERS) {
        cas_scenario_machine_event(scenario, event);
    } else if (rest[0] == ':') {
        cas_scenario_say(scenario, peer, rest + 2);
    } else {
        cas_scenario_connection_event(scenario, peer, rest + 1);
    }
    name_hashes(scenario);
    return scenario->trace;
}
