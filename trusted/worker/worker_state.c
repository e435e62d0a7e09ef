#include "trusted/worker/worker_state.h"
#include "base/wire.h"
#include <string.h>

struct avo_packet_header avo_worker_header(const struct avo_worker *worker, enum avo_packet_kind kind, uint8_t destination,
                                           uint32_t session) {
    struct avo_packet_header header = {
        .wire_version = worker->wire_version,
        .kind = kind,
        .source = worker->config.slot,
        .destination = destination,
        .worker = worker->config.index,
        .session = session,
        .epoch = worker->view.epoch,
    };
    memcpy(header.view_hash, worker->view_hash, sizeof header.view_hash);
    return header;
}

bool avo_worker_has_room(struct avo_worker *worker) {
    return avo_ring_room(worker->outbox.ring) > worker->outbox.batches.count + AVO_EFFECTS_MAX;
}

void avo_worker_end_session(struct avo_worker *worker, struct avo_session *session) {
    if (session->number == 0) {
        return;
    }
    avo_outbox_forget(&worker->outbox, &session->batch);
    avo_transfers_close(worker->transfers, AVO_TRANSFER_CHANNEL_SESSION + avo_session_index(&worker->sessions, session));
    avo_session_end(&worker->sessions, session);
}

/* [V2] Every packet binds its sender's epoch and view. One of another view is dropped and counted. */
bool avo_worker_view_matches(const struct avo_worker *worker, const struct avo_packet_header *header) {
    return header->epoch == worker->view.epoch && memcmp(header->view_hash, worker->view_hash, sizeof worker->view_hash) == 0;
}

void avo_worker_count_refused(struct avo_worker *worker, enum avo_error error) {
    worker->stats.tampered += error == AVO_EAUTH;
    worker->stats.replayed += error == AVO_EREPLAY;
    worker->stats.bad_packets += error == AVO_EFORMAT;
    worker->stats.dropped += error == AVO_ESTALE; /* of a key that is gone, or that never was */
}

void avo_worker_refuse(struct avo_worker *worker, const struct avo_address *to, uint32_t client_number, enum avo_error why) {
    if (worker->refusals_left == 0) {
        return;
    }
    worker->refusals_left--;
    uint8_t packet[AVO_PACKET_HEADER_BYTES + 1];
    struct avo_packet_header header = avo_worker_header(worker, AVO_PACKET_REFUSAL, AVO_SLOT_CLIENT, client_number);
    header.wire_version = avo_wire_highest();
    avo_packet_header_write(packet, &header);
    packet[AVO_PACKET_HEADER_BYTES] = (uint8_t)why;
    avo_outbox_push(&worker->outbox, to, AVO_SLICE_OF(packet));
}
