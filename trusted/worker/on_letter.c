/* A letter of the steward: a newer view, which it has checked. Packets, channels and quorums are of that view from here on. */
#include "base/assert.h"
#include "trusted/worker/worker_state.h"

/* [V1, V3] Between two turns: no batch of the old view is open. */
static void adopt(struct avo_worker *worker, const struct avo_view *view, const struct avo_signed_view *signed_view) {
    bool opened = avo_worker_peers_adopt(worker, view);
    AVO_ASSERT(opened); /* the steward tried every key */
    worker->signed_view = *signed_view;
    struct avo_event event = {.type = AVO_EVENT_VIEW, .now_us = worker->now_us, .view = &worker->view};
    avo_worker_step(worker, &event);
}

void avo_worker_on_letter(struct avo_worker *worker, const struct avo_letter *letter) {
    const struct avo_signed_view *signed_view = &letter->signed_view;
    struct avo_view view;
    enum avo_error error =
        avo_view_verify(avo_slice(signed_view->bytes, signed_view->length), worker->config.identity->cas_sign_public, &view);
    AVO_ASSERT(letter->kind == AVO_LETTER_VIEW && error == AVO_OK);
    if (view.epoch > worker->view.epoch) {
        adopt(worker, &view, signed_view);
    }
}
