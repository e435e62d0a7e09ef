#include "protocol/control/evidence.h"

void avo_evidence_request_write(struct avo_writer *writer, const uint8_t nonce[AVO_NONCE32_BYTES]) {
    avo_write_u8(writer, AVO_CONTROL_EVIDENCE_REQUEST);
    avo_write_bytes(writer, nonce, AVO_NONCE32_BYTES);
}

enum avo_error avo_evidence_request_read(struct avo_slice message, uint8_t nonce[AVO_NONCE32_BYTES]) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_EVIDENCE_REQUEST);
    avo_read_bytes(&reader, nonce, AVO_NONCE32_BYTES);
    return avo_control_end(&reader);
}

void avo_evidence_reply_write(struct avo_writer *writer, const struct avo_evidence_reply *reply) {
    avo_write_u8(writer, AVO_CONTROL_EVIDENCE);
    avo_write_u8(writer, reply->tee);
    avo_write_bytes(writer, reply->recovery_public, sizeof reply->recovery_public);
    avo_write_slice(writer, reply->evidence);
}

enum avo_error avo_evidence_reply_read(struct avo_slice message, struct avo_evidence_reply *reply) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_EVIDENCE);
    reply->tee = avo_read_u8(&reader);
    avo_read_bytes(&reader, reply->recovery_public, sizeof reply->recovery_public);
    reply->evidence = avo_read_slice(&reader, reader.left);
    if (reply->evidence.length == 0 || reply->evidence.length > AVO_EVIDENCE_MAX_BYTES) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}
