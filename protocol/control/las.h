/* LAS: a LAS asks the CAS to believe its vouchers, with its vendor's evidence for role LAS; again when the CAS sends a fresh nonce.
 * Its channel key is the Noise static key it has proven; its signing key is bound into the evidence (avo_las_configuration_hash).
 *   LAS: u8 TEE kind, signing key 32, evidence. The reply is LAS_REGISTERED (no body), WAIT, or REFUSED.
 */
#ifndef AVO_CONTROL_LAS_H
#define AVO_CONTROL_LAS_H

#include "protocol/control/control.h"

struct avo_las_request {
    uint8_t tee;                               /* enum avo_tee */
    uint8_t sign_public[AVO_PUBLIC_KEY_BYTES]; /* Ed25519: signs vouchers */
    struct avo_slice evidence;                 /* borrowed; 1 to AVO_EVIDENCE_MAX_BYTES */
};

void avo_las_request_write(struct avo_writer *writer, const struct avo_las_request *request);
AVO_MUST_USE enum avo_error avo_las_request_read(struct avo_slice message, struct avo_las_request *request);

#endif
