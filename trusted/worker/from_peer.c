/* A message of another replica. Its channel proved who it is, so what is left is to hand it to the replica. */
#include "trusted/worker/worker_state.h"

static void step(struct avo_worker *worker, enum avo_event_type type, uint8_t slot, const struct avo_message *message) {
    struct avo_event event = {.type = type, .now_us = worker->now_us, .slot = slot};
    switch (type) {
    case AVO_EVENT_QUERY:
        event.query = &message->query;
        break;
    case AVO_EVENT_ANSWER:
        event.answer = &message->answer;
        break;
    case AVO_EVENT_WRITE:
        event.write = &message->write;
        break;
    default:
        event.ack = &message->ack;
        break;
    }
    avo_worker_step(worker, &event);
}

void avo_worker_on_peer_message(struct avo_worker *worker, uint8_t slot, const struct avo_message *message) {
    struct avo_message whole;
    if (message->type == AVO_MESSAGE_SEGMENT) {
        if (!avo_worker_reassemble(worker, slot, AVO_TRANSFER_ANYBODY, &message->segment, &whole)) {
            return;
        }
        message = &whole;
    }
    switch (message->type) {
    case AVO_MESSAGE_QUERY:
        step(worker, AVO_EVENT_QUERY, slot, message);
        break;
    case AVO_MESSAGE_ANSWER:
        step(worker, AVO_EVENT_ANSWER, slot, message);
        break;
    case AVO_MESSAGE_WRITE:
        step(worker, AVO_EVENT_WRITE, slot, message);
        break;
    case AVO_MESSAGE_ACK:
        step(worker, AVO_EVENT_ACK, slot, message);
        break;
    case AVO_MESSAGE_PULL:
        avo_transfers_on_pull(worker->transfers, slot, &message->pull, worker->now_us);
        break;
    default:
        worker->stats.bad_packets++; /* a client's message on a peer's channel */
        break;
    }
}
