/* What the host delivered: header checks, then the channel, then the messages one by one. Garbage is counted and dropped. */
#include "trusted/worker/worker_state.h"
#include <string.h>

/* [V2] Every packet binds its sender's epoch and view. Views that differ are a later issue's: here they are dropped and counted. */
static bool view_matches(const struct avo_worker *worker, const struct avo_packet_header *header) {
    return header->epoch == worker->config.identity->view.epoch &&
           memcmp(header->view_hash, worker->view_hash, sizeof worker->view_hash) == 0;
}

static void count_refused_packet(struct avo_worker *worker, enum avo_error error) {
    worker->stats.tampered += error == AVO_EAUTH;
    worker->stats.replayed += error == AVO_EREPLAY;
    worker->stats.bad_packets += error == AVO_EFORMAT;
    worker->stats.dropped += error == AVO_ESTALE; /* of a key that is gone, or that never was */
}

static void receive_peer(struct avo_worker *worker, const struct avo_packet_header *header, size_t packet_bytes) {
    if (header->source >= AVO_SLOT_MAX_COUNT || !worker->peers[header->source].present || header->session != 0 ||
        !view_matches(worker, header)) {
        worker->stats.dropped++;
        return;
    }
    struct avo_slice batch;
    enum avo_error error = avo_channel_open(&worker->peers[header->source].channel, header, worker->packet, packet_bytes, &batch);
    if (error != AVO_OK) {
        count_refused_packet(worker, error);
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

static void receive_client(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                           size_t packet_bytes) {
    struct avo_session *session = avo_session_find(&worker->sessions, header->session);
    if (session == NULL || header->source != AVO_SLOT_CLIENT || !view_matches(worker, header)) {
        worker->stats.dropped++;
        avo_worker_refuse(worker, from, header->session, AVO_ESTALE);
        return;
    }
    struct avo_slice batch;
    enum avo_error error = avo_channel_open(&session->channel, header, worker->packet, packet_bytes, &batch);
    if (error != AVO_OK) {
        count_refused_packet(worker, error);
        return;
    }
    session->confirmed = true;
    worker->figures_told = false;
    session->used_us = worker->now_us;
    avo_path_heard(&session->path, worker->now_us);
    session->address = *from;
    struct avo_reader reader = avo_reader(batch);
    struct avo_message message;
    while ((error = avo_frame_read(&reader, &message)) == AVO_OK) {
        avo_worker_on_client_message(worker, session, &message);
    }
    worker->stats.bad_packets += error == AVO_EFORMAT;
    avo_worker_acknowledge_client(worker, session);
}

/* A client is told, in a packet that all versions understand; a peer is not: its operator reads the host's log. */
static void receive_other_version(struct avo_worker *worker, const struct avo_address *from,
                                  const struct avo_packet_header *header) {
    worker->stats.other_version++;
    if (header->kind == AVO_PACKET_HELLO || header->kind == AVO_PACKET_UP) {
        avo_worker_refuse(worker, from, header->session, AVO_EVERSION);
    }
}

void avo_worker_receive(struct avo_worker *worker, const struct avo_address *from, size_t packet_bytes) {
    struct avo_packet_header header;
    struct avo_slice packet = avo_slice(worker->packet, packet_bytes);
    worker->stats.packets_received++;
    enum avo_error error = avo_packet_header_read(packet, &header);
    if (error == AVO_EVERSION) {
        receive_other_version(worker, from, &header);
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
        receive_peer(worker, &header, packet_bytes);
        break;
    case AVO_PACKET_UP:
        receive_client(worker, from, &header, packet_bytes);
        break;
    case AVO_PACKET_HELLO:
        avo_worker_on_hello(worker, from, &header,
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
