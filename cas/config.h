/* What a CAS is made of, and its limits. */
#ifndef AVO_CAS_CONFIG_H
#define AVO_CAS_CONFIG_H

#include "base/random.h"
#include "cas/policy.h"
#include "protocol/channel/noise.h"

#define AVO_CAS_CONNECTION_DEFAULT_COUNT 256
#define AVO_CAS_USER_CONNECTION_MAX_COUNT 16 /* of one key: beyond it, its oldest ends */
#define AVO_CAS_HANDSHAKE_TIMEOUT_US 5000000ULL
#define AVO_CAS_IDLE_TIMEOUT_US 60000000ULL
#define AVO_CAS_WAIT_TIMEOUT_US 600000000ULL          /* an enclave or a LAS that waits for a policy */
#define AVO_CAS_LAS_RENEW_US (24ULL * 3600 * 1000000) /* how often a LAS is verified again at the latest */
#define AVO_CAS_PING_US 5000000ULL                    /* how often a member is asked whether it is alive */
#define AVO_CAS_MEMBER_TIMEOUT_US 15000000ULL         /* without a word: it is not */
#define AVO_CAS_WRITE_RETRY_US 5000000ULL             /* of a state that could not be written */
#define AVO_CAS_PREPARE_WAIT_US 1000000               /* at most, after somebody else's higher ballot */
#define AVO_CAS_STATE_MAX_BYTES (AVO_POLICY_MAX_BYTES + 4096)

struct avo_cas_config {
    uint32_t connection_max_count;
    uint8_t tee;                         /* enum avo_tee: what the CAS itself runs in */
    const struct avo_aead *aead;         /* borrowed, as all below */
    struct avo_random *random;           /* makes the keys at once */
    const struct avo_verifier *verifier; /* judges enclaves and LASes (roles node, las) */
    const struct avo_cas_policy_reader *policy_reader;
    const uint8_t *recovery_public; /* 32: whom new keys are wrapped for; NULL, zeros: nobody. A restored state keeps its own */
    uint64_t evidence_ends_s;       /* Unix time: when the first certificate behind the CAS's own evidence ends; 0: not known */
};

#endif
