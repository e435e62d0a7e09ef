/* The JOIN: what this enclave was launched with, and the evidence that binds it. */
#include "base/wire.h"
#include "trusted/steward/steward_state.h"
#include <string.h>

void avo_steward_ask(struct avo_steward *steward, enum avo_evidence_kind kind, struct avo_slice evidence) {
    const struct avo_launch *launch = steward->config.launch;
    struct avo_join_request request = {.slot = launch->slot,
                                       .tee = (uint8_t)steward->config.tee,
                                       .wire_highest = avo_wire_highest(),
                                       .address = launch->address,
                                       .worker_count = launch->layout.worker_count,
                                       .datagram_max_bytes = launch->layout.ring.datagram_bytes,
                                       .kind = kind,
                                       .evidence = evidence};
    memcpy(request.configuration_hash, steward->configuration_hash, sizeof request.configuration_hash);
    uint8_t bytes[128 + AVO_EVIDENCE_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_join_request_write(&writer, &request);
    if (writer.failed || !avo_steward_send(steward, avo_writer_slice(&writer))) {
        avo_steward_fail(steward, "CAS: the request to join does not fit the control stream: give it more room", NULL);
        return;
    }
    steward->asked = true;
    steward->keeps_key = true;
    steward->phase = AVO_STEWARD_TALKING;
}
