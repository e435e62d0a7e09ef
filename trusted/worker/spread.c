/* [V2] A newer view goes from one that is in it to one that is not: in packets that prove themselves by the CAS's signature, since
 * a channel between two views may not exist. Only members are shown a view at their own address, and nobody more often than
 * SHOW_US: a forger of headers gets no amplifier. */
#include "trusted/worker/worker_state.h"

#define SHOW_US 10000
#define SESSION_SHOW_US 100000

void avo_worker_view_show(struct avo_worker *worker, const struct avo_address *to, uint8_t destination) {
    uint8_t packet[AVO_PATH_FLOOR_BYTES];
    struct avo_packet_header header = avo_worker_header(worker, AVO_PACKET_VIEW, destination, 0);
    avo_packet_header_write(packet, &header);
    for (uint32_t i = 0; i < AVO_VIEW_PART_MAX_COUNT; i++) {
        struct avo_writer body = avo_writer(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES);
        if (avo_view_part_write(&body, &worker->signed_view, i)) {
            avo_outbox_push(&worker->outbox, to, avo_slice(packet, AVO_PACKET_HEADER_BYTES + body.length));
        }
    }
}

static bool is_due(struct avo_worker *worker, uint64_t *last_us, uint64_t pause_us) {
    if (!avo_worker_has_room(worker) || worker->signed_view.length == 0 ||
        (*last_us != 0 && worker->now_us - *last_us < pause_us)) {
        return false;
    }
    *last_us = worker->now_us;
    return true;
}

/* Our view says where the slot is now: a packet's source says where its sender wants to be sent something. */
static void show(struct avo_worker *worker, uint8_t slot) {
    const struct avo_member *member = avo_view_member(&worker->view, slot);
    if (member != NULL && slot != worker->config.slot && is_due(worker, &worker->peers[slot].shown_us, SHOW_US)) {
        struct avo_address to = avo_member_address(member, worker->config.index);
        avo_worker_view_show(worker, &to, slot);
    }
}

/* No longer than what asked for it, and counted as a refusal is. */
static void ask(struct avo_worker *worker, const struct avo_address *to, uint8_t slot) {
    if (worker->refusals_left == 0) {
        return;
    }
    worker->refusals_left--;
    uint8_t packet[AVO_PACKET_HEADER_BYTES];
    struct avo_packet_header header = avo_worker_header(worker, AVO_PACKET_VIEW, slot, 0);
    avo_packet_header_write(packet, &header);
    avo_outbox_push(&worker->outbox, to, AVO_SLICE_OF(packet));
}

void avo_worker_on_other_view(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header) {
    if (worker->config.from_steward == NULL || header->source >= AVO_SLOT_MAX_COUNT) {
        return;
    }
    if (header->epoch < worker->view.epoch) {
        show(worker, header->source);
    } else if (header->epoch > worker->view.epoch) {
        ask(worker, from, header->source);
    }
}

void avo_worker_stranger_show_view(struct avo_worker *worker, const struct avo_address *to) {
    if (is_due(worker, &worker->shown_us, SHOW_US)) {
        avo_worker_view_show(worker, to, AVO_SLOT_CLIENT);
    }
}

void avo_worker_session_show_view(struct avo_worker *worker, struct avo_session *session) {
    if (is_due(worker, &session->shown_us, SESSION_SHOW_US)) {
        avo_worker_view_show(worker, &session->address, AVO_SLOT_CLIENT);
    }
}
