/* A message of another replica. Its channel proved who it is, so what is left is to hand it to the replica. */
#include "trusted/worker/worker_state.h"

void avo_worker_on_peer_message(struct avo_worker *worker, uint8_t slot, const struct avo_message *message) {
    struct avo_message whole;
    if (message->type == AVO_MESSAGE_SEGMENT) {
        if (!avo_worker_reassemble(worker, slot, AVO_TRANSFER_ANYBODY, &message->segment, &whole)) {
            return;
        }
        message = &whole;
    }
    if (message->type == AVO_MESSAGE_PULL) {
        avo_transfers_on_pull(worker->transfers, slot, &message->pull, worker->now_us);
    } else if (avo_message_is_of_replicas(message)) {
        struct avo_event event = {.type = AVO_EVENT_MESSAGE, .now_us = worker->now_us, .slot = slot, .message = message};
        avo_worker_step(worker, &event);
    } else if (message->type == AVO_MESSAGE_PROBE) {
        struct avo_message probed = {.type = AVO_MESSAGE_PROBED, .probe = message->probe};
        avo_worker_send_peer(worker, slot, 0, &probed);
    } else if (message->type == AVO_MESSAGE_PROBED) {
        avo_path_passed(&worker->peers[slot].path, message->probe.packet_bytes, worker->now_us);
    } else {
        worker->stats.bad_packets++; /* a client's message on a peer's channel */
    }
}
