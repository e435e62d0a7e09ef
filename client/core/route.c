/* Which node runs an operation: one is preferred until it fails; what may not run twice stays with its session [DESIGN 8]. */
#include "base/assert.h"
#include "client/core/state.h"

#define MOVE_PAUSE_US 50000
#define MOVE_PAUSE_MAX_US 400000

struct avo_client_session *avo_client_session_of(struct avo_client_core *core, uint8_t member, uint16_t worker) {
    uint32_t index = (uint32_t)member * core->view.worker_count + worker;
    AVO_ASSERT(index < core->session_count);
    return &core->sessions[index];
}

/* member_count: it left the view since the operation was submitted. */
static uint8_t member_of_slot(const struct avo_client_core *core, uint8_t slot) {
    uint8_t member = 0;
    while (member < core->view.member_count && core->view.members[member].slot != slot) {
        member++;
    }
    return member;
}

void avo_client_prefer_next(struct avo_client_core *core) {
    for (uint8_t i = 0; i < core->view.member_count; i++) {
        core->preferred = (uint8_t)((core->preferred + 1) % core->view.member_count);
        if (core->view.members[core->preferred].role == AVO_ROLE_VOTING) {
            return;
        }
    }
}

void avo_client_finish(struct avo_client_core *core, uint32_t index, enum avo_error status) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    bool unknown = avo_operation_writes(operation) && status != AVO_OK && (operation->exposed || operation->adrift);
    operation->status = unknown ? AVO_EUNKNOWN : status;
    operation->state = AVO_OPERATION_DONE;
    avo_operation_append(&core->done, &core->operations, index);
}

void avo_client_release(struct avo_client_core *core, uint32_t index) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    struct avo_client_session *session = &core->sessions[operation->session];
    switch (operation->state) {
    case AVO_OPERATION_WAITING:
        avo_operation_remove(&core->waiting, &core->operations, index);
        return;
    case AVO_OPERATION_DONE:
        avo_operation_remove(&core->done, &core->operations, index);
        return;
    case AVO_OPERATION_QUEUED:
        avo_operation_remove(&session->queue, &core->operations, index);
        break;
    case AVO_OPERATION_SENT:
        avo_operation_remove(&session->sent, &core->operations, index);
        break;
    }
    if (operation->id != 0) {
        if (core->transfers != NULL && operation->request.call == AVO_CLIENT_PUT) {
            avo_transfers_cancel(core->transfers, session->index, operation->id, AVO_MESSAGE_REQUEST);
        }
        avo_client_session_answered(session, operation->id);
        operation->id = 0;
    }
    if (session->sent.count == 0 && session->queue.count == 0) {
        session->silent_since_us = AVO_TIME_NEVER;
    }
}

void avo_client_retry(struct avo_client_core *core, uint32_t index, uint64_t pause_us) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    operation->state = AVO_OPERATION_WAITING;
    operation->not_before_us = core->now_us + pause_us;
    avo_operation_append(&core->waiting, &core->operations, index);
}

/* The first moves visit every other node, and the same one in a new session, at once; after that there is no hurry. */
static uint64_t move_pause_us(const struct avo_client_core *core, struct avo_client_operation *operation) {
    operation->moves = operation->moves == UINT8_MAX ? UINT8_MAX : (uint8_t)(operation->moves + 1);
    if (operation->moves <= core->voting_count) {
        return 0;
    }
    uint32_t doublings = operation->moves - core->voting_count - 1;
    return doublings >= 3 ? MOVE_PAUSE_MAX_US : (uint64_t)MOVE_PAUSE_US << doublings;
}

void avo_client_patience_double(struct avo_client_operation *operation) {
    uint64_t doubled = operation->patience_us * 2;
    operation->patience_us = doubled < AVO_CLIENT_PATIENCE_MAX_US ? doubled : AVO_CLIENT_PATIENCE_MAX_US;
}

uint64_t avo_client_patience_us(const struct avo_client_core *core, const struct avo_client_operation *operation) {
    uint64_t way_us = 3ULL * core->sessions[operation->session].path.rtt.smoothed_us;
    way_us = way_us < AVO_CLIENT_PATIENCE_MAX_US ? way_us : AVO_CLIENT_PATIENCE_MAX_US;
    return way_us > operation->patience_us ? way_us : operation->patience_us;
}

/* What a node was given to answer, and a quarter more for the way. */
static bool patience_over(const struct avo_client_core *core, const struct avo_client_operation *operation) {
    uint64_t patience_us = avo_client_patience_us(core, operation);
    uint64_t granted_us = patience_us + patience_us / 4;
    return operation->id == 0 || core->now_us >= operation->asked_us + granted_us;
}

static void move_list(struct avo_client_core *core, const struct avo_operation_list *list, bool at_once) {
    uint32_t next;
    for (uint32_t index = list->first; index != AVO_POOL_NONE; index = next) {
        struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        next = operation->next;
        if (!avo_operation_movable(operation) || (!at_once && !patience_over(core, operation))) {
            continue;
        }
        if (operation->id != 0) {
            avo_client_patience_double(operation);
        }
        avo_client_release(core, index);
        operation->adrift = operation->adrift || operation->exposed;
        operation->exposed = false;
        avo_client_retry(core, index, move_pause_us(core, operation));
    }
}

void avo_client_avoid(struct avo_client_core *core, const struct avo_client_session *session) {
    if (core->view.members[core->preferred].slot == session->slot) {
        avo_client_prefer_next(core);
    }
}

void avo_client_fail_over(struct avo_client_core *core, struct avo_client_session *session, bool at_once) {
    move_list(core, &session->queue, at_once);
    move_list(core, &session->sent, at_once);
    avo_client_avoid(core, session);
    avo_client_route(core);
}

void avo_client_session_lost(struct avo_client_core *core, struct avo_client_session *session) {
    uint32_t next;
    session->open = false;
    session->renewing = false;
    session->hello_bytes = 0; /* it may name this one */
    avo_channel_wipe(&session->channel);
    if (core->transfers != NULL) {
        avo_transfers_close(core->transfers, session->index);
    }
    move_list(core, &session->queue, true);
    move_list(core, &session->sent, true);
    for (uint32_t index = session->sent.first; index != AVO_POOL_NONE; index = next) {
        next = avo_operation_at(&core->operations, index)->next;
        avo_client_release(core, index);
        bool stats = avo_operation_at(&core->operations, index)->request.call == AVO_CLIENT_STATS;
        if (stats) {
            avo_client_retry(core, index, 0);
        } else {
            avo_client_finish(core, index, AVO_EUNKNOWN);
        }
    }
    for (uint32_t index = session->queue.first; index != AVO_POOL_NONE; index = next) {
        next = avo_operation_at(&core->operations, index)->next;
        if (avo_operation_at(&core->operations, index)->exposed) { /* was about to be sent again */
            avo_client_release(core, index);
            avo_client_finish(core, index, AVO_EUNKNOWN);
        }
    }
    session->greeting = session->greeting || session->queue.count > 0; /* figures are asked of this node alone */
}

static void unexpose(struct avo_client_core *core, const struct avo_operation_list *list, uint64_t admitted_below) {
    for (uint32_t index = list->first; index != AVO_POOL_NONE; index = avo_operation_at(&core->operations, index)->next) {
        struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        bool never_ran = operation->exposed && operation->id >= admitted_below;
        core->stats.never_ran += never_ran;
        operation->exposed = operation->exposed && !never_ran;
    }
}

void avo_client_session_replaced(struct avo_client_core *core, struct avo_client_session *session, uint64_t admitted_below) {
    if (admitted_below > 0) {
        unexpose(core, &session->queue, admitted_below);
        unexpose(core, &session->sent, admitted_below);
    }
    avo_client_session_lost(core, session);
}

/* A move is counted here alone, whatever the reason for it was. */
static void head_for(struct avo_client_core *core, struct avo_client_operation *operation, uint8_t slot) {
    core->stats.moved += operation->headed_for != AVO_SLOT_CLIENT && operation->headed_for != slot;
    operation->headed_for = slot;
}

static void queue_at(struct avo_client_core *core, struct avo_client_session *session, uint32_t index) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    operation->state = AVO_OPERATION_QUEUED;
    operation->session = session->index;
    operation->id = 0;
    operation->exposed = false;
    avo_operation_append(&session->queue, &core->operations, index);
    session->greeting = session->greeting || session->renewing || !session->open;
}

/* NULL: none before the cluster's secret is known. */
static struct avo_client_session *session_for(struct avo_client_core *core, const struct avo_client_request *request) {
    if (request->call == AVO_CLIENT_STATS) {
        return avo_client_session_of(core, member_of_slot(core, request->slot), request->worker);
    }
    if (!core->secret_known) {
        return NULL;
    }
    uint16_t worker = avo_key_worker(core->key_secret, request->key, core->view.worker_count);
    return avo_client_session_of(core, core->preferred, worker);
}

/* Figures are asked of one node; it is no member any more. */
static bool has_left(const struct avo_client_core *core, const struct avo_client_request *request) {
    return request->call == AVO_CLIENT_STATS && member_of_slot(core, request->slot) == core->view.member_count;
}

void avo_client_route(struct avo_client_core *core) {
    uint32_t next;
    if (core->ticket_ended) {
        return; /* until there is another */
    }
    for (uint32_t index = core->waiting.first; index != AVO_POOL_NONE; index = next) {
        struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        next = operation->next;
        if (has_left(core, &operation->request)) {
            avo_client_release(core, index);
            avo_client_finish(core, index, AVO_ETIMEOUT);
            continue;
        }
        struct avo_client_session *session = session_for(core, &operation->request);
        if (operation->not_before_us > core->now_us) {
            continue;
        }
        if (session == NULL) { /* any worker of the preferred node will tell the secret */
            struct avo_client_session *first = avo_client_session_of(core, core->preferred, 0);
            head_for(core, operation, first->slot);
            first->greeting = true;
            continue;
        }
        head_for(core, operation, session->slot);
        avo_operation_remove(&core->waiting, &core->operations, index);
        queue_at(core, session, index);
    }
}
