/* A packet of a client's session: its channel proves whose it is, then its messages are handled one by one. */
#include "trusted/worker/worker_state.h"

void avo_worker_on_client_packet(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                                 size_t packet_bytes) {
    struct avo_session *session = avo_session_find(&worker->sessions, header->session);
    if (session == NULL || header->source != AVO_SLOT_CLIENT) {
        worker->stats.dropped++;
        avo_worker_refuse(worker, from, header->session, AVO_ESTALE);
        return;
    }
    if (header->wire_version != session->wire_version) { /* changed on the way: the tag would not verify */
        worker->stats.bad_packets++;
        return;
    }
    struct avo_slice batch;
    bool newest = avo_channel_is_newest(&session->channel, header);
    enum avo_error error = avo_channel_open(&session->channel, header, worker->packet, packet_bytes, &batch);
    if (error != AVO_OK) {
        avo_worker_count_refused(worker, error);
        return;
    }
    session->confirmed = true;
    worker->figures_told = false;
    session->used_us = worker->now_us;
    if (newest) { /* one that was held back, and comes from where the client was, moves nothing */
        session->address = *from;
    }
    if (header->epoch <
        worker->view.epoch) { /* its keys are of the session, not of a view: it is served, and shown the newer one */
        avo_worker_session_show_view(worker, session);
    }
    avo_path_heard(&session->path, worker->now_us);
    struct avo_reader reader = avo_reader(batch);
    struct avo_message message;
    while ((error = avo_frame_read(&reader, &message)) == AVO_OK) {
        avo_worker_on_client_message(worker, session, &message);
    }
    worker->stats.bad_packets += error == AVO_EFORMAT;
    avo_worker_acknowledge_client(worker, session);
}
