/* How an enclave becomes a member: the enclave's side of the control protocol, sans-IO [DESIGN 6, 11].
 *
 * It obeys one CAS key, told at launch and bound into its evidence. The caller carries bytes both ways (the region's control
 * streams) and has the TEE make evidence when asked. Everything the CAS sends is checked: whoever lacks the CAS's key can only
 * stop the join.
 */
#ifndef AVO_STEWARD_JOIN_H
#define AVO_STEWARD_JOIN_H

#include "boundary/launch.h"
#include "protocol/channel/stream.h"
#include "protocol/control/join.h"
#include "protocol/control/text.h"
#include "trusted/worker/worker.h"

enum avo_join_state {
    AVO_JOIN_TALKING = 1,       /* more bytes of the CAS are needed */
    AVO_JOIN_NEED_EVIDENCE = 2, /* have the TEE, or the LAS, attest `report_data`, then avo_join_evidence */
    AVO_JOIN_WAITING = 3,       /* the CAS has no policy yet, or other members are missing */
    AVO_JOIN_DONE = 4,          /* `identity` is complete */
    AVO_JOIN_FAILED = 5,        /* `reason` says why */
};

struct avo_join_config {
    const struct avo_launch *launch; /* borrowed, as all below, until DONE or FAILED */
    enum avo_tee tee;
    const struct avo_aead *aead;
    struct avo_random *random;
};

/* About 170 KiB: keep it in the arena. */
struct avo_join {
    struct avo_join_config config;
    enum avo_join_state state;
    bool asked; /* a JOIN is out */
    bool lost;  /* FAILED: the connection broke, or the CAS said "not now": a new connection may do better. Otherwise it is final */
    uint8_t nonce[32];
    uint8_t report_data[64]; /* NEED_EVIDENCE */
    uint8_t configuration_hash[AVO_HASH_BYTES];
    struct avo_identity identity; /* the channel key from the start; the rest when DONE */
    struct avo_text reason;       /* FAILED: what, on what, what next; holds no secret */
    struct avo_secure_stream stream;
};

/* What one step may append to `out`. */
#define AVO_JOIN_OUT_BYTES (20 * 1024)

/* Makes the channel key and writes the first bytes for the CAS to `out`. */
void avo_join_start(struct avo_join *join, const struct avo_join_config *config, struct avo_buffer *out);
/* Takes bytes of the CAS, appends the answer to `out` (AVO_JOIN_OUT_BYTES free). Stops early at NEED_EVIDENCE, DONE and FAILED:
 * *in is then what is left over. */
enum avo_join_state avo_join_read(struct avo_join *join, struct avo_slice *in, struct avo_buffer *out);
/* In NEED_EVIDENCE only: the evidence, and who answers for it; empty when there is none, which fails the join. */
enum avo_join_state avo_join_evidence(struct avo_join *join, enum avo_evidence_kind kind, struct avo_slice evidence,
                                      struct avo_buffer *out);
/* The connection ended. A join that is not DONE fails, lost. */
enum avo_join_state avo_join_closed(struct avo_join *join);
/* Wipes the channel's secrets; the identity stays when DONE, otherwise it is wiped too. */
void avo_join_finish(struct avo_join *join);

#endif
