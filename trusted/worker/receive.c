/* What the host delivered: header checks, then the handler of its kind. Garbage is counted and dropped. */
#include "trusted/worker/worker_state.h"

void avo_worker_receive(struct avo_worker *worker, const struct avo_address *from, size_t packet_bytes) {
    struct avo_packet_header header;
    struct avo_slice packet = avo_slice(worker->packet, packet_bytes);
    worker->stats.packets_received++;
    enum avo_error error = avo_packet_header_read(packet, &header);
    if (error == AVO_EVERSION) {
        avo_worker_on_other_version(worker, from, &header);
        return;
    }
    if (error != AVO_OK) {
        worker->stats.bad_packets++;
        return;
    }
    if (header.destination != worker->config.slot || header.worker != worker->config.index) {
        worker->stats.dropped++;
        return;
    }
    switch (header.kind) {
    case AVO_PACKET_PEER:
        avo_worker_on_peer_packet(worker, from, &header, packet_bytes);
        break;
    case AVO_PACKET_UP:
        avo_worker_on_client_packet(worker, from, &header, packet_bytes);
        break;
    case AVO_PACKET_HELLO:
        avo_worker_on_hello(worker, from, &header,
                            avo_slice_part(packet, AVO_PACKET_HEADER_BYTES, packet_bytes - AVO_PACKET_HEADER_BYTES));
        break;
    case AVO_PACKET_VIEW:
        avo_worker_on_view_packet(worker, from, &header,
                                  avo_slice_part(packet, AVO_PACKET_HEADER_BYTES, packet_bytes - AVO_PACKET_HEADER_BYTES));
        break;
    case AVO_PACKET_DOWN:
    case AVO_PACKET_WELCOME:
    case AVO_PACKET_REFUSAL:
    case AVO_PACKET_DENIAL:
        worker->stats.dropped++; /* meant for clients */
        break;
    }
}
