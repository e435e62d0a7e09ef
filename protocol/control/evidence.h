/* EVIDENCE_REQUEST: nonce 32. EVIDENCE: u8 TEE kind, the key 32 that the CAS wraps its state for (zeros: none), the evidence (a
 * quote or report). The CAS proves itself to its owner before the owner uploads anything [DESIGN 11.1]. */
#ifndef AVO_CONTROL_EVIDENCE_H
#define AVO_CONTROL_EVIDENCE_H

#include "protocol/control/control.h"

void avo_evidence_request_write(struct avo_writer *writer, const uint8_t nonce[AVO_NONCE32_BYTES]);
AVO_MUST_USE enum avo_error avo_evidence_request_read(struct avo_slice message, uint8_t nonce[AVO_NONCE32_BYTES]);

struct avo_evidence_reply {
    uint8_t tee;                                   /* enum avo_tee */
    uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES]; /* bound into the evidence (avo_cas_configuration_hash) */
    struct avo_slice evidence;
};

void avo_evidence_reply_write(struct avo_writer *writer, const struct avo_evidence_reply *reply);
/* `evidence` is 1 to AVO_EVIDENCE_MAX_BYTES bytes, borrowed from `message`. */
AVO_MUST_USE enum avo_error avo_evidence_reply_read(struct avo_slice message, struct avo_evidence_reply *reply);

#endif
