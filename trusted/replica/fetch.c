#include "trusted/replica/fetch.h"
#include "trusted/replica/round.h"

enum avo_fetch_result avo_fetch_begin(struct avo_replica *replica, struct avo_task *task) {
    /* Joining members, too: a version's value is the same wherever it is held. */
    avo_round_begin(replica, task, replica->quorum.members);
    return task->asked == 0 ? AVO_FETCH_LOST : AVO_FETCH_WAITING;
}

void avo_fetch_ask(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message) {
    avo_round_query(replica, task, AVO_WANT_VALUE, task->version, message);
}

enum avo_fetch_result avo_fetch_on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot,
                                          const struct avo_answer *answer) {
    struct avo_version version = answer->same ? task->version : answer->version;
    int order = avo_version_compare(version, task->version);
    bool intact = order >= 0 && answer->state == AVO_ENTRY_VALUE && answer->has_value;
    if (intact && !avo_task_keep(replica, task, answer->value)) {
        return AVO_FETCH_WAITING; /* no memory for it now: as if it was lost on the way */
    }
    avo_task_observe(task, avo_quorum_slot(slot), version, answer->state);
    task->heard |= avo_quorum_slot(slot);
    if (intact) {
        task->source = AVO_SOURCE_BLOB;
    }
    if (task->source != AVO_SOURCE_LOST) {
        return AVO_FETCH_FOUND;
    }
    if (order > 0) {
        /* [B4] Damage never lowers a version: from here on only this one or a newer one will do. */
        return avo_fetch_begin(replica, task);
    }
    return (task->asked & ~task->heard) == 0 ? AVO_FETCH_LOST : AVO_FETCH_WAITING;
}
