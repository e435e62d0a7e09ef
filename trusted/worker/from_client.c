/* A message of a client's session: rights, then at most once, then the replica. */
#include "trusted/worker/worker_state.h"
#include <string.h>

static bool is_write(enum avo_operation operation) {
    return operation != AVO_OPERATION_GET;
}

static void reply_status(struct avo_worker *worker, struct avo_session *session, uint64_t id, enum avo_error status) {
    struct avo_message message = {.type = AVO_MESSAGE_REPLY, .reply = {.id = id, .status = status}};
    avo_worker_send_client(worker, session, id, &message);
}

/* AVO_OK when this worker may run the request for this session. */
static enum avo_error request_check(const struct avo_worker *worker, const struct avo_session *session,
                                    const struct avo_request *request) {
    uint8_t needed = is_write(request->operation) ? AVO_RIGHT_WRITE : AVO_RIGHT_READ;
    if (avo_ticket_ended(&session->ticket, worker->view.policy_version, worker->host_us / 1000000)) {
        return AVO_EEXPIRED;
    }
    if ((session->ticket.rights & needed) == 0) {
        return AVO_EDENIED;
    }
    if (request->value.length > worker->view.value_max_bytes) {
        return AVO_ETOOBIG;
    }
    uint16_t key_worker = avo_key_worker(worker->key_secret, request->key, worker->view.worker_count);
    return key_worker == worker->config.index ? AVO_OK : AVO_EINVAL;
}

static void on_request(struct avo_worker *worker, struct avo_session *session, const struct avo_request *request) {
    enum avo_error status = AVO_OK;
    if (request->id < session->admitted_below) { /* asked again: what was answered may be lost */
        avo_path_suspect(&session->path, worker->now_us);
    }
    switch (avo_session_admit(session, request, &status)) {
    case AVO_OK:
        break;
    case AVO_EREPLAY:
        reply_status(worker, session, request->id, status);
        return;
    case AVO_EFORMAT:
        worker->stats.bad_packets++;
        return;
    default:
        return; /* it runs already, or was answered */
    }
    status = request_check(worker, session, request);
    if (status != AVO_OK) {
        avo_session_finish(session, request->id, status);
        reply_status(worker, session, request->id, status);
        return;
    }
    struct avo_event event = {
        .type = AVO_EVENT_REQUEST,
        .now_us = worker->now_us,
        .origin = session->origin,
        .request = request,
    };
    avo_worker_step(worker, &event);
}

static void on_stats(struct avo_worker *worker, struct avo_session *session) {
    struct avo_message message = {.type = AVO_MESSAGE_STATS_REPLY};
    if (worker->figures_told) {
        return;
    }
    if (avo_ticket_ended(&session->ticket, worker->view.policy_version, worker->host_us / 1000000)) {
        worker->stats.dropped++; /* a question for figures has no id to be refused by */
        return;
    }
    worker->figures_told = true;
    avo_worker_stats(worker, &message.stats_reply);
    avo_worker_send_client(worker, session, 0, &message);
}

static void on_probe(struct avo_worker *worker, struct avo_session *session, const struct avo_probe *probe) {
    struct avo_message message = {.type = AVO_MESSAGE_PROBED, .probe = *probe};
    avo_worker_send_client(worker, session, 0, &message);
}

void avo_worker_on_client_message(struct avo_worker *worker, struct avo_session *session, const struct avo_message *message) {
    uint32_t channel = AVO_TRANSFER_CHANNEL_SESSION + avo_session_index(&worker->sessions, session);
    struct avo_message whole;
    if (message->type == AVO_MESSAGE_SEGMENT) {
        uint64_t user; /* all holders of the ticket, in however many sessions */
        memcpy(&user, session->ticket.public_key, sizeof user);
        user += user == AVO_TRANSFER_ANYBODY; /* nobody is exempt by the name of a key */
        if (!avo_worker_reassemble(worker, channel, user, &message->segment, &whole)) {
            return;
        }
        message = &whole;
    }
    switch (message->type) {
    case AVO_MESSAGE_REQUEST:
        on_request(worker, session, &message->request);
        break;
    case AVO_MESSAGE_STATS_REQUEST:
        on_stats(worker, session);
        break;
    case AVO_MESSAGE_PROBE:
        on_probe(worker, session, &message->probe);
        break;
    case AVO_MESSAGE_PROBED:
        avo_path_passed(&session->path, message->probe.packet_bytes, worker->now_us);
        break;
    case AVO_MESSAGE_PULL:
        avo_transfers_on_pull(worker->transfers, channel, &message->pull, worker->now_us);
        break;
    default:
        worker->stats.bad_packets++; /* a replica's message on a client's channel */
        break;
    }
}
