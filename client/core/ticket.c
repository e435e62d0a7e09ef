/* Tickets that end, and the newer ones that take their place [DESIGN 11.4]. */
#include "base/assert.h"
#include "client/core/state.h"
#include <sodium.h>

void avo_client_ticket_take(struct avo_client_core *core, struct avo_slice signed_ticket) {
    avo_copy(core->ticket, sizeof core->ticket, signed_ticket);
    core->ticket_bytes = signed_ticket.length;
    crypto_hash_sha256(core->ticket_hash, core->ticket, core->ticket_bytes);
    core->ticket_number++;
}

/* A HELLO that shows an older one is made again. */
static void hello_forget(struct avo_client_core *core, struct avo_client_session *session) {
    if (session->hello_bytes > 0 && session->ticket != core->ticket_number) {
        avo_noise_wipe(&session->noise);
        session->hello_bytes = 0;
        session->hello_due_us = core->now_us;
    }
}

void avo_client_core_ticket_set(struct avo_client_core *core, struct avo_slice signed_ticket) {
    AVO_ASSERT(signed_ticket.length <= AVO_TICKET_MAX_BYTES);
    avo_client_ticket_take(core, signed_ticket);
    core->ticket_ended = false;
    core->denied_by = 0;
    for (uint32_t i = 0; i < core->session_count; i++) {
        hello_forget(core, &core->sessions[i]);
    }
    avo_client_route(core);
}

const struct avo_key_pair *avo_client_core_key(const struct avo_client_core *core) {
    return &core->key;
}

bool avo_client_core_ticket_ended(const struct avo_client_core *core) {
    return core->ticket_ended;
}

void avo_client_core_ticket_give_up(struct avo_client_core *core) {
    uint32_t next;
    core->ticket_ended = false;
    for (uint32_t index = core->waiting.first; index != AVO_POOL_NONE; index = next) {
        struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        next = operation->next;
        if (operation->status == AVO_EEXPIRED) {
            avo_client_release(core, index);
            avo_client_finish(core, index, AVO_EEXPIRED);
        }
    }
    avo_client_route(core);
}

bool avo_client_denied(struct avo_client_core *core, const struct avo_client_session *session) {
    if (core->now_us - core->denied_us > AVO_CLIENT_DENIED_US) {
        core->denied_by = 0;
    }
    core->denied_us = core->now_us;
    core->denied_by |= 1U << (session->index / core->view.worker_count);
    return __builtin_popcount(core->denied_by) >= avo_view_quorum(&core->view);
}

bool avo_client_ticket_refused(struct avo_client_core *core, struct avo_client_session *session, uint32_t number) {
    if (session->shown_ticket != core->ticket_number) { /* what it refuses is no longer ours */
        session->greeting = true;
        session->renewing = true;
        hello_forget(core, session);
    }
    if (number != core->ticket_number) {
        return true; /* an answer may come late, when the newer one was shown already */
    }
    if (!avo_client_denied(core, session)) {
        avo_client_avoid(core, session);
        return true;
    }
    core->denied_by = 0;
    core->ticket_ended = core->renews;
    return core->renews;
}
