#include "trusted/replica/task.h"

struct avo_task *avo_task_at(const struct avo_replica *replica, uint32_t index) {
    return avo_pool_at(&replica->tasks, index);
}

uint32_t avo_task_index(const struct avo_replica *replica, const struct avo_task *task) {
    return (uint32_t)(task - (const struct avo_task *)(const void *)replica->tasks.objects);
}

static void list_add(struct avo_replica *replica, uint32_t *first, struct avo_task *task) {
    uint32_t index = avo_task_index(replica, task);
    task->previous = AVO_TASK_NONE;
    task->next = *first;
    if (*first != AVO_TASK_NONE) {
        avo_task_at(replica, *first)->previous = index;
    }
    *first = index;
}

static void list_remove(struct avo_replica *replica, uint32_t *first, const struct avo_task *task) {
    if (task->next != AVO_TASK_NONE) {
        avo_task_at(replica, task->next)->previous = task->previous;
    }
    if (task->previous != AVO_TASK_NONE) {
        avo_task_at(replica, task->previous)->next = task->next;
    } else {
        *first = task->next;
    }
}

static bool keep_key(struct avo_replica *replica, struct avo_task *task, struct avo_slice key) {
    task->key_length = (uint16_t)key.length;
    task->key_blob = AVO_BLOB_NONE;
    if (key.length <= AVO_TASK_KEY_INLINE_BYTES) {
        avo_copy(task->key, sizeof task->key, key);
        return true;
    }
    task->key_blob = avo_blob_take(replica->config.blobs, key.length);
    if (task->key_blob == AVO_BLOB_NONE) {
        return false;
    }
    struct avo_buffer buffer = avo_blob_buffer(replica->config.blobs, task->key_blob);
    avo_copy(buffer.data, buffer.capacity, key);
    return true;
}

struct avo_task *avo_task_begin(struct avo_replica *replica, struct avo_slice key, uint32_t patience_ms) {
    uint32_t index = avo_pool_take(&replica->tasks);
    if (index == AVO_POOL_NONE) {
        return NULL;
    }
    struct avo_task *task = avo_task_at(replica, index);
    *task = (struct avo_task){
        .patience_ms = patience_ms,
        .deadline_us = replica->now_us + (uint64_t)patience_ms * 1000,
        .give_up_us = UINT64_MAX,
        .heard = replica->quorum.own,
        .pin = AVO_PIN_NONE,
        .value_blob = AVO_BLOB_NONE,
    };
    if (!keep_key(replica, task, key)) {
        avo_pool_give(&replica->tasks, index);
        return NULL;
    }
    list_add(replica, &replica->active_first, task);
    replica->active_count++;
    return task;
}

void avo_task_enter(struct avo_replica *replica, struct avo_task *task, const struct avo_phase *phase) {
    task->phase = phase;
    task->give_up_us = UINT64_MAX;
    phase->start(replica, task);
}

void avo_task_end(struct avo_replica *replica, struct avo_task *task) {
    avo_store_unpin(replica->config.store, task->pin);
    task->pin = AVO_PIN_NONE;
    task->round = 0;
    task->phase = NULL;
    list_remove(replica, &replica->active_first, task);
    list_add(replica, &replica->ended_first, task);
    replica->active_count--;
}

void avo_task_answer(struct avo_replica *replica, struct avo_task *task, enum avo_error status, struct avo_slice value) {
    struct avo_reply reply = {.id = task->id, .status = status, .value = value};
    avo_replica_reply(replica, task->origin, task->heard, &reply);
    avo_task_end(replica, task);
}

void avo_task_answer_status(struct avo_replica *replica, struct avo_task *task, enum avo_error status) {
    avo_task_answer(replica, task, status, AVO_SLICE_EMPTY);
}

void avo_task_reclaim(struct avo_replica *replica) {
    while (replica->ended_first != AVO_TASK_NONE) {
        uint32_t index = replica->ended_first;
        struct avo_task *task = avo_task_at(replica, index);
        replica->ended_first = task->next;
        avo_blob_give(replica->config.blobs, task->key_blob);
        avo_blob_give(replica->config.blobs, task->value_blob);
        avo_pool_give(&replica->tasks, index);
    }
}

struct avo_slice avo_task_key(const struct avo_replica *replica, const struct avo_task *task) {
    if (task->key_blob == AVO_BLOB_NONE) {
        return avo_slice(task->key, task->key_length);
    }
    return avo_slice(avo_blob_buffer(replica->config.blobs, task->key_blob).data, task->key_length);
}

struct avo_slice avo_task_value(const struct avo_replica *replica, const struct avo_task *task) {
    if (task->value_blob == AVO_BLOB_NONE || task->value_length == 0) {
        return AVO_SLICE_EMPTY;
    }
    return avo_slice(avo_blob_buffer(replica->config.blobs, task->value_blob).data, task->value_length);
}

bool avo_task_keep(struct avo_replica *replica, struct avo_task *task, struct avo_slice value) {
    uint32_t blob = avo_blob_take(replica->config.blobs, value.length);
    if (blob == AVO_BLOB_NONE) {
        return false;
    }
    avo_blob_give(replica->config.blobs, task->value_blob);
    task->value_blob = blob;
    task->value_length = (uint32_t)value.length;
    struct avo_buffer buffer = avo_blob_buffer(replica->config.blobs, blob);
    avo_copy(buffer.data, buffer.capacity, value);
    return true;
}

int avo_task_observe(struct avo_task *task, uint16_t slot, struct avo_version version, uint8_t state) {
    int order = avo_version_compare(version, task->version);
    if (order > 0) {
        task->version = version;
        task->holders = 0;
        /* [B4] Damage keeps its version: a newest version without a value is still the newest. */
        task->source = state == AVO_ENTRY_ABSENT || state == AVO_ENTRY_TOMBSTONE ? AVO_SOURCE_NOTHING : AVO_SOURCE_LOST;
    }
    if (order >= 0) {
        task->holders |= slot;
    }
    return order;
}

void avo_task_apply(struct avo_replica *replica, struct avo_task *task) {
    struct avo_slice value = avo_task_value(replica, task);
    const struct avo_slice *content = task->source == AVO_SOURCE_NOTHING ? NULL : &value;
    avo_replica_see_clock(replica, task->version.clock);
    enum avo_error error = avo_store_apply(replica->config.store, avo_task_key(replica, task), task->version, content, NULL);
    if (error == AVO_OK) {
        task->own_holds = true;
        task->holders |= replica->quorum.own;
    } else {
        task->refusal = (uint8_t)error;
    }
}
