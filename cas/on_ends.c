/* When the things end that joining rests on: for the owner and the users of the policy. */
#include "cas/state.h"
#include "protocol/control/ends.h"

void avo_cas_on_ends(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    uint8_t bytes[32];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    if (avo_control_empty_read(message, AVO_CONTROL_ENDS_REQUEST) != AVO_OK) {
        avo_cas_close(cas, event->connection, "malformed request for ends");
        return;
    }
    if (!avo_cas_policy_knows(&cas->policy, avo_cas_proven_key(cas, event->connection))) {
        avo_cas_refuse_string(cas, event->connection, AVO_EDENIED, "ends: your key is not in the policy: ask its owner to add it");
        return;
    }
    avo_cas_ends_write(&writer, avo_cas_ends_look(cas, event->now_us));
    avo_cas_send(cas, event->connection, avo_writer_slice(&writer));
}
