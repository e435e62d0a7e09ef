/* Drops whoever did not finish a handshake, or has nothing to say. Joined enclaves and registered LASes have no deadline; a LAS is
 * asked to prove itself again from time to time, since collateral is refreshed and levels fall out of date [DESIGN 11.3]. */
#include "cas/state.h"

static void ask_again(struct avo_cas *cas, uint32_t connection, uint64_t now_us) {
    cas->connections[connection].renew_us = now_us + AVO_CAS_LAS_RENEW_US;
    cas->connections[connection].deadline_us = now_us + AVO_CAS_IDLE_TIMEOUT_US;
    avo_cas_send_hello(cas, connection);
}

void avo_cas_on_tick(struct avo_cas *cas, const struct avo_cas_event *event) {
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        const struct avo_cas_connection *peer = &cas->connections[i];
        if (peer->peer != AVO_CAS_PEER_CLOSED && event->now_us > peer->deadline_us) {
            avo_cas_close(cas, i, "no handshake or request in time");
        } else if (peer->peer == AVO_CAS_PEER_LAS && event->now_us >= peer->renew_us) {
            ask_again(cas, i, event->now_us);
        }
    }
    avo_cas_ends_warn(cas, event);
}
