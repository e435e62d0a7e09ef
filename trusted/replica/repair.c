#include "trusted/replica/repair.h"
#include "trusted/replica/fetch.h"
#include "trusted/replica/task.h"

static bool under_way(const struct avo_replica *replica, struct avo_slice key) {
    for (uint32_t i = 0; i < replica->repair_count; i++) {
        if (avo_slice_equal(avo_task_key(replica, avo_task_at(replica, replica->repairs[i])), key)) {
            return true;
        }
    }
    return false;
}

/* Ends it: mended, or nobody could give an intact copy. */
static void end(struct avo_replica *replica, struct avo_task *task) {
    uint32_t index = avo_task_index(replica, task);
    for (uint32_t i = 0; i < replica->repair_count; i++) {
        if (replica->repairs[i] == index) {
            replica->repairs[i] = replica->repairs[--replica->repair_count];
            break;
        }
    }
    if (!task->own_holds) {
        replica->search_us = replica->now_us + AVO_SEARCH_LOST_PAUSE_US; /* what nobody can give is not asked for all the time */
    }
    avo_task_end(replica, task);
}

static void conclude(struct avo_replica *replica, struct avo_task *task, enum avo_fetch_result result) {
    if (result == AVO_FETCH_WAITING) {
        return;
    }
    if (result == AVO_FETCH_FOUND) {
        /* An equal version mends the damaged entry; a newer one replaces it. A full store leaves it damaged. */
        avo_task_apply(replica, task);
    }
    end(replica, task);
}

static void begin(struct avo_replica *replica, struct avo_task *task) {
    conclude(replica, task, avo_fetch_begin(replica, task));
}

static void on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    conclude(replica, task, avo_fetch_on_answer(replica, task, slot, answer));
}

static const struct avo_phase repairing = {
    .start = begin, .ask = avo_fetch_ask, .on_answer = on_answer, .restart = begin, .expire = end};

void avo_repair_start(struct avo_replica *replica, struct avo_slice key, struct avo_entry entry) {
    if (entry.state != AVO_ENTRY_DAMAGED || replica->repair_count == AVO_REPAIR_MAX_COUNT || under_way(replica, key)) {
        return;
    }
    struct avo_task *task = avo_task_begin(replica, key, AVO_REPAIR_PATIENCE_MS);
    if (task == NULL) {
        return; /* scrubbing or the next reader meets the damage again */
    }
    task->version = entry.version;
    replica->repairs[replica->repair_count++] = avo_task_index(replica, task);
    replica->stats.repairs_started++;
    avo_task_enter(replica, task, &repairing);
}

/* The next entry after the one seen last, in the order of keys; false at the end, where the search begins again. */
static bool next_entry(struct avo_replica *replica, struct avo_buffer *key, struct avo_entry *entry) {
    uint8_t *after = replica->searched_key; /* a key and a zero byte: the first key that may follow it */
    if (!avo_store_next(replica->config.store, avo_slice(after, replica->searched_bytes), key, entry)) {
        replica->searched_bytes = 0;
        return false;
    }
    avo_copy(after, sizeof replica->searched_key, avo_buffer_slice(key));
    after[key->length] = 0;
    replica->searched_bytes = key->length + 1;
    return true;
}

void avo_repair_search(struct avo_replica *replica) {
    struct avo_figures stats;
    avo_store_stats(replica->config.store, &stats);
    if (stats.damaged_now == 0 || replica->now_us < replica->search_us) {
        return;
    }
    replica->search_us = replica->now_us + AVO_SEARCH_PAUSE_US;
    uint8_t bytes[AVO_KEY_MAX_BYTES];
    struct avo_buffer key = {bytes, 0, sizeof bytes};
    struct avo_entry entry;
    for (uint32_t i = 0; i < AVO_SEARCH_COUNT && avo_replica_room(replica) >= AVO_SLOT_MAX_COUNT; i++) {
        if (!next_entry(replica, &key, &entry)) {
            return;
        }
        avo_repair_start(replica, avo_buffer_slice(&key), entry);
    }
}
