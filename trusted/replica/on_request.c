#include "trusted/replica/get.h"
#include "trusted/replica/handlers.h"
#include "trusted/replica/put.h"

/* How each operation begins. */
static const struct avo_phase *const operations[] = {
    [AVO_OPERATION_GET] = &avo_phase_get,
    [AVO_OPERATION_PUT] = &avo_phase_put,
    [AVO_OPERATION_DELETE] = &avo_phase_delete,
};

static enum avo_error check(const struct avo_replica *replica, const struct avo_request *request) {
    if ((replica->quorum.voters & replica->quorum.own) == 0) {
        return AVO_EBUSY; /* no view yet, not of it any more, or joining: who votes coordinates [V4] */
    }
    if (request->key.length == 0) {
        return AVO_EINVAL;
    }
    if (request->key.length > AVO_KEY_MAX_BYTES || request->value.length > replica->quorum.value_max_bytes) {
        return AVO_ETOOBIG;
    }
    return AVO_OK;
}

static void refuse(struct avo_replica *replica, uint64_t origin, uint64_t id, enum avo_error error) {
    avo_replica_reply(replica, origin, replica->quorum.own, &(struct avo_reply){.id = id, .status = error});
}

void avo_replica_on_request(struct avo_replica *replica, uint64_t origin, const struct avo_request *request) {
    enum avo_error error = check(replica, request);
    replica->served_us = replica->now_us;
    if (error != AVO_OK) {
        refuse(replica, origin, request->id, error);
        return;
    }
    struct avo_task *task = avo_task_begin(replica, request->key, request->patience_ms);
    if (task == NULL) {
        refuse(replica, origin, request->id, AVO_EBUSY);
        return;
    }
    task->origin = origin;
    task->id = request->id;
    if (request->value.length > 0 && !avo_task_keep(replica, task, request->value)) {
        avo_task_answer_status(replica, task, AVO_EBUSY);
    } else {
        avo_task_enter(replica, task, operations[request->operation]);
    }
}
