/* A packet of another member: its channel proves whose it is, then its messages are handled one by one. */
#include "trusted/worker/worker_state.h"

void avo_worker_on_peer_packet(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                               size_t packet_bytes) {
    if (!avo_worker_view_matches(worker, header)) {
        worker->stats.dropped++;
        avo_worker_on_other_view(worker, from, header);
        return;
    }
    if (header->source >= AVO_SLOT_MAX_COUNT || !worker->peers[header->source].present || header->session != 0 ||
        header->wire_version != worker->wire_version) {
        worker->stats.dropped++;
        return;
    }
    struct avo_slice batch;
    enum avo_error error = avo_channel_open(&worker->peers[header->source].channel, header, worker->packet, packet_bytes, &batch);
    if (error != AVO_OK) {
        avo_worker_count_refused(worker, error);
        return;
    }
    avo_path_heard(&worker->peers[header->source].path, worker->now_us);
    struct avo_reader reader = avo_reader(batch);
    struct avo_message message;
    while ((error = avo_frame_read(&reader, &message)) == AVO_OK) {
        avo_worker_on_peer_message(worker, header->source, &message);
    }
    worker->stats.bad_packets += error == AVO_EFORMAT;
    avo_worker_acknowledge_peer(worker, &worker->peers[header->source]);
}
