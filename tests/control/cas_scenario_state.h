/* The inside of a CAS's scenario; only for its own files. */
#ifndef AVO_TESTS_CONTROL_CAS_SCENARIO_STATE_H
#define AVO_TESTS_CONTROL_CAS_SCENARIO_STATE_H

#include "base/assert.h"
#include "base/secret.h"
#include "cas/cas.h"
#include "protocol/control/hello.h"
#include "protocol/control/join.h"
#include "protocol/control/las.h"
#include "protocol/control/status.h"
#include "tests/control/cas_scenario.h"

#define CAS_SCENARIO_PEERS 7
#define CAS_SCENARIO_NONCE 5 /* first byte of the nonce that the verifier draws */
#define CAS_SCENARIO_MEMORY_BYTES (12U << 20)

struct cas_scenario_peer {
    struct avo_key_pair key;
    uint8_t sign_public[32], sign_secret[64]; /* of a LAS */
    struct avo_secure_stream stream;
    struct avo_hello hello; /* the last one that came */
    struct avo_buffer out;
    uint8_t out_memory[128 * 1024];
    uint8_t first[256]; /* of its last handshake */
    size_t first_length;
};

struct cas_scenario {
    _Alignas(64) uint8_t memory[CAS_SCENARIO_MEMORY_BYTES];
    struct avo_arena arena;
    struct avo_prng random, copy;
    struct avo_aead *aead;
    struct avo_verifier verifier;
    struct avo_cas_policy_reader policy_reader;
    struct avo_cas *cas;
    uint64_t now_us;
    uint64_t collateral_ends_s, las_ends_s, evidence_ends_s;
    struct cas_scenario_peer peers[CAS_SCENARIO_PEERS];
    uint8_t view_hash[AVO_HASH_BYTES]; /* of the last status that had a view */
    bool has_cluster_secret;
    uint8_t cluster_secret[AVO_CLUSTER_SECRET_BYTES]; /* as a member learnt it */
    uint32_t evidence_for;
    uint8_t stored_memory[AVO_CAS_STATE_MAX_BYTES];
    struct avo_buffer stored;
    struct avo_text refused; /* why the last start was */
    size_t length;
    char trace[16384];
};

const char *cas_scenario_name(uint32_t connection);
/* cas_scenario_trace.c: a line, and what came out of a stream as one. */
AVO_PRINTF(2, 3) void cas_scenario_line(struct cas_scenario *scenario, const char *format, ...);
void cas_scenario_trace(struct cas_scenario *scenario, uint32_t peer, struct avo_slice message);
/* cas_scenario_events.c */
void cas_scenario_connection_event(struct cas_scenario *scenario, uint32_t peer, const char *event);
void cas_scenario_machine_event(struct cas_scenario *scenario, const char *event);
void cas_scenario_say(struct cas_scenario *scenario, uint32_t peer, const char *what);
/* What the peer has written goes to the CAS. */
void cas_scenario_flush(struct cas_scenario *scenario, uint32_t peer);
/* cas_scenario_say.c: seals what the words say into what the peer has written. */
void cas_scenario_write(struct cas_scenario *scenario, uint32_t peer, const char *what);

#endif
