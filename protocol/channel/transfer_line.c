/* Transfers that find no memory wait in line, and are asked for when there is some: a sender need not try again and again. */
#include "base/assert.h"
#include "protocol/channel/transfer_state.h"
#include <string.h>

struct avo_transfer_waiting *avo_transfer_line_find(struct avo_transfers *transfers, uint32_t channel, uint32_t id) {
    for (uint32_t i = 0; i < transfers->line_count; i++) {
        if (transfers->line[i].id == id && transfers->line[i].channel == channel) {
            return &transfers->line[i];
        }
    }
    return NULL;
}

static void leave(struct avo_transfers *transfers, uint32_t place) {
    struct avo_transfer_waiting *waiting = &transfers->line[place];
    avo_transfer_set_due(transfers, &waiting->pull_due, false);
    transfers->line_count--;
    memmove(waiting, waiting + 1, (transfers->line_count - place) * sizeof *waiting);
}

void avo_transfer_line_leave(struct avo_transfers *transfers, uint32_t channel, uint32_t id) {
    const struct avo_transfer_waiting *waiting = avo_transfer_line_find(transfers, channel, id);
    if (waiting != NULL) {
        leave(transfers, (uint32_t)(waiting - transfers->line));
    }
}

static uint32_t class_of(const struct avo_transfers *transfers, const struct avo_transfer_waiting *waiting) {
    return avo_blob_class_for(transfers->config.incoming_blobs, waiting->total_bytes);
}

void avo_transfer_line_join(struct avo_transfers *transfers, const struct avo_transfer_waiting *waiting) {
    uint32_t left_count = transfers->line_max_count - transfers->line_count;
    uint32_t own_count = 0;
    for (uint32_t i = 0; waiting->user != AVO_TRANSFER_ANYBODY && i < transfers->line_count; i++) {
        own_count += transfers->line[i].user == waiting->user;
    }
    if (own_count < left_count && class_of(transfers, waiting) < AVO_BLOB_CLASS_COUNT) {
        struct avo_transfer_waiting *last = &transfers->line[transfers->line_count++];
        *last = *waiting;
        avo_transfer_set_due(transfers, &last->pull_due, true);
    }
}

/* Asks for its beginning, which the sender keeps. */
static void ask(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer) {
    transfer->pull_from = 0;
    avo_transfer_set_due(transfers, &transfer->pull_due, true);
}

/* Whose turn it is. Of those that want a size: the user that comes after the one that had the last of it, users being in the order
 * of their names; every second time a peer. Of one user's the first in line; of the sizes, which share what is larger, the one that
 * came first. */
static struct avo_transfer_waiting *choose(struct avo_transfers *transfers) {
    struct avo_transfer_waiting *next[AVO_BLOB_CLASS_COUNT] = {NULL}, *chosen = NULL;
    uint64_t nearest[AVO_BLOB_CLASS_COUNT];
    for (uint32_t i = 0; i < transfers->line_count; i++) {
        struct avo_transfer_waiting *waiting = &transfers->line[i];
        uint32_t class = class_of(transfers, waiting);
        uint64_t distance = waiting->user - transfers->last_user[class] - 1;
        if (waiting->user == AVO_TRANSFER_ANYBODY) {
            distance = transfers->peers_had[class] ? UINT64_MAX : 0;
        }
        if (!waiting->passed && (next[class] == NULL || distance < nearest[class])) {
            next[class] = waiting;
            nearest[class] = distance;
        }
    }
    for (uint32_t i = 0; i < AVO_BLOB_CLASS_COUNT; i++) {
        chosen = next[i] != NULL && (chosen == NULL || next[i] < chosen) ? next[i] : chosen;
    }
    return chosen;
}

/* What keeps this one from beginning keeps others, too. */
static void pass(struct avo_transfers *transfers, const struct avo_transfer_waiting *first, enum avo_transfer_begun why) {
    uint32_t class = class_of(transfers, first);
    uint64_t user = first->user;
    for (uint32_t i = 0; i < transfers->line_count; i++) {
        struct avo_transfer_waiting *waiting = &transfers->line[i];
        bool same = why == AVO_TRANSFER_NO_MEMORY || waiting->user == user ||
                    (why == AVO_TRANSFER_UNWANTED && waiting->user != AVO_TRANSFER_ANYBODY);
        waiting->passed = waiting->passed || (same && class_of(transfers, waiting) == class);
    }
}

void avo_transfer_line_serve(struct avo_transfers *transfers) {
    struct avo_transfer_waiting *waiting;
    for (uint32_t i = 0; i < transfers->line_count; i++) {
        transfers->line[i].passed = false;
    }
    while ((waiting = choose(transfers)) != NULL) {
        struct avo_transfer_incoming *transfer;
        enum avo_transfer_begun begun = avo_transfer_begin(transfers, waiting, &transfer);
        if (begun != AVO_TRANSFER_BEGUN) {
            pass(transfers, waiting, begun);
            continue;
        }
        leave(transfers, (uint32_t)(waiting - transfers->line));
        ask(transfers, transfer);
    }
    transfers->line_due = false;
}

bool avo_transfer_line_pull(struct avo_transfers *transfers, uint32_t *channel, struct avo_pull *pull) {
    for (uint32_t i = 0; transfers->due_count > 0 && i < transfers->line_count; i++) {
        struct avo_transfer_waiting *waiting = &transfers->line[i];
        if (waiting->pull_due) {
            avo_transfer_set_due(transfers, &waiting->pull_due, false);
            waiting->told_us = transfers->now_us;
            *channel = waiting->channel;
            *pull = (struct avo_pull){waiting->id, AVO_PULL_WAIT, 0};
            return true;
        }
    }
    return false;
}

void avo_transfer_line_tick(struct avo_transfers *transfers) {
    for (uint32_t i = 0; i < transfers->line_count;) {
        struct avo_transfer_waiting *waiting = &transfers->line[i];
        if (avo_transfer_elapsed_us(waiting->seen_us, transfers->now_us) >= AVO_TRANSFER_IDLE_US) {
            leave(transfers, i);
            continue;
        }
        if (avo_transfer_elapsed_us(waiting->told_us, transfers->now_us) >= AVO_TRANSFER_TOLD_US) {
            avo_transfer_set_due(transfers, &waiting->pull_due, true);
        }
        i++;
    }
    if (transfers->line_count > 0) {
        avo_transfer_line_serve(transfers);
    }
}

void avo_transfer_line_close(struct avo_transfers *transfers, uint32_t channel) {
    for (uint32_t i = 0; i < transfers->line_count;) {
        if (transfers->line[i].channel == channel) {
            leave(transfers, i);
        } else {
            i++;
        }
    }
}
