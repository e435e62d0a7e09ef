/* The CAS asks whether this member is alive. */
#include "trusted/steward/steward_state.h"

void avo_steward_on_ping(struct avo_steward *steward, struct avo_slice message) {
    uint8_t bytes[1];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_control_empty_write(&writer, AVO_CONTROL_PONG);
    if (avo_control_empty_read(message, AVO_CONTROL_PING) != AVO_OK || !avo_steward_send(steward, avo_writer_slice(&writer))) {
        avo_steward_reject(steward, "CAS: it said something malformed: look at the log of avocado-cas");
    }
}
