/* The CAS proves itself: evidence bound to the asker's nonce, this channel and its own keys [DESIGN 11.1, 11.2]. */
#include "cas/state.h"
#include "protocol/control/evidence.h"

void avo_cas_on_evidence_request(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    struct avo_cas_connection *peer = &cas->connections[connection];
    struct avo_binding binding = {.tee = cas->config.tee, .role = AVO_ATTESTED_ROLE_CAS};
    if (avo_evidence_request_read(message, binding.nonce) != AVO_OK) {
        avo_cas_close(cas, connection, "malformed request for evidence");
        return;
    }
    avo_copy(binding.channel_key, sizeof binding.channel_key, AVO_SLICE_OF(cas->channel_key.public));
    avo_copy(binding.cas_key, sizeof binding.cas_key, AVO_SLICE_OF(cas->channel_key.public));
    avo_copy(binding.handshake_hash, sizeof binding.handshake_hash, AVO_SLICE_OF(peer->stream.handshake_hash));
    avo_cas_configuration_hash(cas->sign_public, cas->recovery_public, binding.configuration_hash);
    uint8_t report_data[AVO_BINDING_BYTES];
    avo_binding_report_data(&binding, report_data);
    peer->evidence_wanted = true;
    avo_cas_effect_copy(cas, AVO_CAS_NEED_EVIDENCE, connection, AVO_SLICE_OF(report_data));
}

void avo_cas_on_evidence_ready(struct avo_cas *cas, const struct avo_cas_event *event) {
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    if (!peer->evidence_wanted) {
        return;
    }
    peer->evidence_wanted = false;
    if (event->bytes.length == 0 || event->bytes.length > AVO_EVIDENCE_MAX_BYTES) {
        avo_cas_refuse_string(cas, event->connection, AVO_EIO, "CAS: its TEE gave no evidence: look at the log of avocado-cas");
        return;
    }
    uint8_t bytes[2 + AVO_PUBLIC_KEY_BYTES + AVO_EVIDENCE_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_evidence_reply reply = {.tee = cas->config.tee, .evidence = event->bytes};
    avo_copy(reply.recovery_public, sizeof reply.recovery_public, AVO_SLICE_OF(cas->recovery_public));
    avo_evidence_reply_write(&writer, &reply);
    avo_cas_send(cas, event->connection, avo_writer_slice(&writer));
}
