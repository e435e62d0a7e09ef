#include "trusted/replica/get.h"
#include "trusted/replica/put.h"

static enum avo_error check(const struct avo_replica *replica, const struct avo_request *request) {
    if (replica->quorum.own == 0) {
        return AVO_EBUSY; /* no view yet, or not of it any more */
    }
    if (request->key.length == 0) {
        return AVO_EINVAL;
    }
    if (request->key.length > AVO_KEY_MAX_BYTES || request->value.length > replica->quorum.value_max_bytes) {
        return AVO_ETOOBIG;
    }
    return AVO_OK;
}

static void refuse(struct avo_replica *replica, uint64_t origin, const struct avo_request *request, enum avo_error error) {
    struct avo_effect *effect = avo_replica_effect(replica);
    effect->type = AVO_EFFECT_REPLY;
    effect->origin = origin;
    effect->message.type = AVO_MESSAGE_REPLY;
    effect->message.reply = (struct avo_reply){
        .id = request->id,
        .status = error,
        .answered = avo_quorum_count(&replica->quorum, replica->quorum.own),
        .needed = replica->quorum.needed_count,
        .members = replica->quorum.slot_count,
    };
    replica->stats.operations++;
}

void avo_replica_on_request(struct avo_replica *replica, uint64_t origin, const struct avo_request *request) {
    enum avo_error error = check(replica, request);
    if (error != AVO_OK) {
        refuse(replica, origin, request, error);
        return;
    }
    struct avo_task *task = avo_task_begin(replica, (enum avo_task_kind)request->operation, request->key, request->patience_ms);
    if (task == NULL) {
        refuse(replica, origin, request, AVO_EBUSY);
        return;
    }
    task->origin = origin;
    task->id = request->id;
    if (request->operation == AVO_OPERATION_GET) {
        avo_get_start(replica, task);
    } else if (request->operation == AVO_OPERATION_PUT && !avo_task_keep(replica, task, request->value)) {
        avo_task_end(replica, task, AVO_EBUSY, AVO_SLICE_EMPTY);
    } else {
        avo_put_start(replica, task);
    }
}
