/* A part of a view, from anybody: the steward judges what comes whole [V1]. One that is behind asks, or shows an older one. */
#include "trusted/worker/worker_state.h"

#define POST_US 20000 /* a signature is dear to check, and anybody can send what has none */

/* What is not posted now is shown again. */
static void post(struct avo_worker *worker, struct avo_slice signed_view) {
    if (worker->posted_us != 0 && worker->now_us - worker->posted_us < POST_US) {
        return;
    }
    worker->posted_us = worker->now_us;
    struct avo_letter letter = {.kind = AVO_LETTER_VIEW, .signed_view = {.length = signed_view.length}};
    avo_copy(letter.signed_view.bytes, sizeof letter.signed_view.bytes, signed_view);
    worker->stats.dropped += !avo_mailbox_post(worker->config.to_steward, &letter);
}

void avo_worker_on_view_packet(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                               struct avo_slice body) {
    struct avo_slice signed_view;
    if (worker->config.from_steward == NULL || header->source >= AVO_SLOT_MAX_COUNT) {
        worker->stats.dropped++;
        return;
    }
    if (header->epoch <= worker->view.epoch) {
        avo_worker_on_other_view(worker, from, header);
        return;
    }
    enum avo_error error = avo_view_gather(&worker->gather, header->epoch, header->view_hash, body, &signed_view);
    worker->stats.bad_packets += error == AVO_EFORMAT;
    if (error == AVO_OK) {
        post(worker, signed_view);
    }
}
