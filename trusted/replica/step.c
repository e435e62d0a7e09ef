/* The dispatcher: it only dispatches. */
#include "trusted/replica/handlers.h"
#include "trusted/replica/replica.h"
#include "trusted/replica/task.h"

static void on_message(struct avo_replica *replica, uint8_t slot, const struct avo_message *message) {
    switch (message->type) {
    case AVO_MESSAGE_QUERY:
        avo_replica_on_query(replica, slot, &message->query);
        break;
    case AVO_MESSAGE_ANSWER:
        avo_replica_on_answer(replica, slot, &message->answer);
        break;
    case AVO_MESSAGE_WRITE:
        avo_replica_on_write(replica, slot, &message->write);
        break;
    case AVO_MESSAGE_ACK:
        avo_replica_on_ack(replica, slot, &message->ack);
        break;
    case AVO_MESSAGE_SYNC_ASK:
        avo_replica_on_sync_ask(replica, slot, &message->sync_ask);
        break;
    case AVO_MESSAGE_SYNC_PIECE:
        avo_replica_on_sync_piece(replica, slot, &message->sync_piece);
        break;
    case AVO_MESSAGE_COMPARE:
        avo_replica_on_compare(replica, slot, &message->compare);
        break;
    case AVO_MESSAGE_DIGEST:
        avo_replica_on_digest(replica, slot, &message->digest);
        break;
    case AVO_MESSAGE_ENUMERATE:
        avo_replica_on_enumerate(replica, slot, &message->enumerate);
        break;
    case AVO_MESSAGE_LISTING:
        avo_replica_on_listing(replica, slot, &message->listing);
        break;
    default:
        break; /* not of replicas: the caller keeps it away */
    }
}

void avo_replica_step(struct avo_replica *replica, const struct avo_event *event, struct avo_effects *effects) {
    avo_replica_begin_step(replica, event->now_us, effects);
    avo_task_reclaim(replica);
    switch (event->type) {
    case AVO_EVENT_TICK:
        avo_replica_on_tick(replica);
        break;
    case AVO_EVENT_VIEW:
        avo_replica_on_view(replica, event->view);
        break;
    case AVO_EVENT_REQUEST:
        avo_replica_on_request(replica, event->origin, event->request);
        break;
    case AVO_EVENT_MESSAGE:
        if (avo_replica_hears(replica, event->slot)) {
            on_message(replica, event->slot, event->message);
        }
        break;
    }
}
