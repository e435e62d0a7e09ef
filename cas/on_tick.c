/* Drops a peer that did not finish a handshake, or has nothing to say. Joined enclaves and registered LASes have no deadline. */
#include "cas/state.h"

void avo_cas_on_tick(struct avo_cas *cas, const struct avo_cas_event *event) {
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        const struct avo_cas_connection *peer = &cas->connections[i];
        if (peer->peer != AVO_CAS_PEER_CLOSED && event->now_us > peer->deadline_us) {
            avo_cas_close(cas, i, "no handshake or request in time");
        }
    }
    avo_cas_renew(cas, event->now_us);
    avo_cas_ends_warn(cas, event);
}
