/* A peer connected: the handshake may begin, and must end soon. */
#include "cas/state.h"

void avo_cas_on_opened(struct avo_cas *cas, const struct avo_cas_event *event) {
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    avo_cas_forget(cas, event->connection);
    peer->peer = AVO_CAS_PEER_OPEN;
    peer->arrival = cas->arrivals++;
    peer->deadline_us = event->now_us + AVO_CAS_HANDSHAKE_TIMEOUT_US;
    avo_secure_stream_respond(&peer->stream, cas->config.aead, &cas->channel_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
}
