#include "trusted/replica/handlers.h"
#include "trusted/replica/round.h"

/* [V3] A coordinator that adopts a newer view restarts its unfinished rounds in it. Here they only lose their names, so that no
 * answer of the old epoch counts any more; ticks begin them again, as many a step as effects fit. */
void avo_replica_on_view(struct avo_replica *replica, const struct avo_view *view) {
    uint32_t before = replica->quorum.epoch;
    if (!avo_quorum_adopt(&replica->quorum, view)) {
        return;
    }
    avo_sync_on_view(replica, view, view->resize_epoch > before);
    replica->silent = 0;
    avo_compare_restart(replica);
    uint32_t index = replica->active_first;
    while (index != AVO_TASK_NONE) {
        struct avo_task *task = avo_task_at(replica, index);
        avo_round_cancel(replica, task);
        index = task->next;
    }
}
