/* What nodes say to what we asked: an answer for the caller, or a reason to ask again [DESIGN 8]. */
#include "client/core/state.h"

#define RETRY_PAUSE_US 20000

static void completion_of(const struct avo_client_core *core, const struct avo_client_operation *operation,
                          struct avo_client_completion *completion) {
    *completion = (struct avo_client_completion){.tag = operation->request.tag,
                                                 .call = operation->request.call,
                                                 .status = operation->status,
                                                 .slot = operation->slot,
                                                 .answered = operation->answered,
                                                 .needed = operation->needed,
                                                 .members = operation->members,
                                                 .other_version = core->other_version};
    if (completion->status == AVO_EHOSTFULL) {
        completion->status = AVO_EFULL;
        completion->host_full = true;
    }
    if (completion->status == AVO_ETIMEOUT && core->hinted_count > 0) {
        completion->hint = core->hint;
    }
    if (completion->status == AVO_ETIMEOUT && completion->needed == 0) { /* no node told: the view does */
        completion->needed = avo_view_quorum(&core->view);
        completion->members = core->view.slot_count;
    }
    if (operation->request.call == AVO_CLIENT_STATS && operation->status == AVO_OK) {
        completion->stats = &core->figures;
    }
}

/* Who has nothing under way may not come back for hours, to run timers: replaced keys must not wait for that. */
static void rest(struct avo_client_core *core) {
    for (uint32_t i = 0; core->rekeyed && i < core->session_count; i++) {
        avo_channel_rest(&core->sessions[i].channel);
    }
    core->rekeyed = false;
}

bool avo_client_take_done(struct avo_client_core *core, struct avo_client_completion *completion) {
    uint32_t index = core->done.first;
    if (index == AVO_POOL_NONE) {
        return false;
    }
    completion_of(core, avo_operation_at(&core->operations, index), completion);
    avo_client_release(core, index);
    avo_pool_give(&core->operations, index);
    if (core->operations.taken_count == 0) {
        rest(core);
    }
    return true;
}

/* Is this the end of it, or does it have no effect and is worth another try? */
static bool final(const struct avo_client_operation *operation, enum avo_error status) {
    switch (status) {
    case AVO_EQUORUM:
    case AVO_EBUSY:
    case AVO_ETIMEOUT:
    case AVO_ESTALE:
        return false;
    case AVO_ETAMPERED: /* a node with little patience says so while the intact copy is still on its way */
        return operation->patience_us >= AVO_CLIENT_PATIENCE_MAX_US;
    case AVO_EUNKNOWN:
        return avo_operation_writes(operation) && !operation->request.at_least_once;
    default:
        return true;
    }
}

/* How long this session's requests take. */
static void answer_time(const struct avo_client_core *core, struct avo_client_session *session,
                        const struct avo_client_operation *operation, const struct avo_reply *reply) {
    bool small = operation->request.value.length + reply->value.length < AVO_PATH_FLOOR_BYTES;
    if (small && operation->resent) {
        avo_rtt_guess(&session->answers, core->now_us - operation->asked_us);
    } else if (small) {
        avo_rtt_sample(&session->answers, core->now_us - operation->asked_us);
    }
}

static bool on_reply(struct avo_client_core *core, struct avo_client_session *session, const struct avo_reply *reply,
                     struct avo_client_completion *completion) {
    uint32_t index = avo_client_session_asked(session, reply->id);
    if (index == AVO_POOL_NONE) {
        return false; /* a repeated reply, or one we gave up on */
    }
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    answer_time(core, session, operation, reply);
    avo_client_release(core, index);
    if (reply->status == AVO_EBUSY) {
        avo_client_window_cut(session, core->now_us);
    } else {
        avo_client_window_grow(session);
    }
    operation->status = reply->status;
    operation->slot = session->slot;
    operation->answered = reply->answered;
    operation->needed = reply->needed;
    operation->members = reply->members;
    operation->exposed = reply->status == AVO_EUNKNOWN;
    if (reply->status == AVO_EEXPIRED && avo_client_ticket_refused(core, session, operation->ticket)) {
        avo_client_retry(core, index, 0);
        avo_client_route(core);
        return false;
    }
    bool time_left = operation->request.deadline_us > core->now_us + AVO_CLIENT_LAST_TRY_US;
    if (!final(operation, reply->status) && time_left) {
        operation->adrift = operation->adrift || operation->exposed;
        operation->exposed = false;
        avo_client_patience_double(operation);
        avo_client_retry(core, index, RETRY_PAUSE_US);
        avo_client_avoid(core, session);
        return false;
    }
    avo_client_finish(core, index, reply->status);
    bool taken = avo_client_take_done(core, completion); /* the caller drained `done` before: this is the one */
    if (reply->status == AVO_OK && completion->call == AVO_CLIENT_GET) {
        completion->value = reply->value;
    }
    return taken;
}

static void stats_answered(struct avo_client_core *core, struct avo_operation_list *list) {
    uint32_t next;
    for (uint32_t index = list->first; index != AVO_POOL_NONE; index = next) {
        struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        next = operation->next;
        if (operation->request.call == AVO_CLIENT_STATS) {
            avo_client_release(core, index);
            avo_client_finish(core, index, AVO_OK);
        }
    }
}

static bool on_stats(struct avo_client_core *core, struct avo_client_session *session, const struct avo_figures *figures,
                     struct avo_client_completion *completion) {
    core->figures = *figures;
    stats_answered(core, &session->sent);
    return avo_client_take_done(core, completion);
}

/* The node has the request of that id whole. */
static void delivered(struct avo_client_core *core, const struct avo_client_session *session, uint64_t id) {
    uint32_t index = avo_client_session_asked(session, id);
    if (index != AVO_POOL_NONE) {
        avo_operation_at(&core->operations, index)->delivered = true;
    }
}

static bool on_segment(struct avo_client_core *core, struct avo_client_session *session, const struct avo_segment *segment,
                       struct avo_client_completion *completion) {
    bool complete = false;
    struct avo_message message;
    if (core->transfers == NULL) {
        return false;
    }
    enum avo_error error =
        avo_transfers_on_segment(core->transfers, session->index, AVO_TRANSFER_ANYBODY, segment, core->now_us, &complete, &message);
    if (error != AVO_OK || !complete || message.type != AVO_MESSAGE_REPLY) {
        return false;
    }
    return on_reply(core, session, &message.reply, completion);
}

bool avo_client_on_message(struct avo_client_core *core, struct avo_client_session *session, const struct avo_message *message,
                           struct avo_client_completion *completion) {
    switch (message->type) {
    case AVO_MESSAGE_REPLY:
        return on_reply(core, session, &message->reply, completion);
    case AVO_MESSAGE_STATS_REPLY:
        return on_stats(core, session, &message->stats_reply, completion);
    case AVO_MESSAGE_SEGMENT:
        return on_segment(core, session, &message->segment, completion);
    case AVO_MESSAGE_PULL:
        if (core->transfers != NULL) {
            delivered(core, session, avo_transfers_on_pull(core->transfers, session->index, &message->pull, core->now_us));
            if (message->pull.missing == 0 && message->pull.offset != AVO_PULL_WAIT) {
                avo_client_transfer_ended(core);
            }
        }
        return false;
    case AVO_MESSAGE_PROBE:
        session->came = message->probe;
        return false;
    case AVO_MESSAGE_PROBED:
        avo_path_passed(&session->path, message->probe.packet_bytes, core->now_us);
        return false;
    default:
        return false; /* nodes say nothing else to clients */
    }
}
