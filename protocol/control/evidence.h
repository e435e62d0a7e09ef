/* EVIDENCE_REQUEST: nonce 32. EVIDENCE: u8 TEE kind, the evidence (a quote or report). The CAS proves itself to its owner before
 * the owner uploads anything [DESIGN 11.1]. */
#ifndef AVO_CONTROL_EVIDENCE_H
#define AVO_CONTROL_EVIDENCE_H

#include "protocol/control/control.h"

void avo_evidence_request_write(struct avo_writer *writer, const uint8_t nonce[AVO_NONCE32_BYTES]);
AVO_MUST_USE enum avo_error avo_evidence_request_read(struct avo_slice message, uint8_t nonce[AVO_NONCE32_BYTES]);

void avo_evidence_reply_write(struct avo_writer *writer, uint8_t tee, struct avo_slice evidence);
/* `evidence` is 1 to AVO_EVIDENCE_MAX_BYTES bytes, borrowed from `message`. */
AVO_MUST_USE enum avo_error avo_evidence_reply_read(struct avo_slice message, uint8_t *tee, struct avo_slice *evidence);

#endif
