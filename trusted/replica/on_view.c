#include "trusted/replica/handlers.h"
#include "trusted/replica/round.h"

static uint16_t slots_of(const struct avo_view *view) {
    uint16_t slots = 0;
    for (uint8_t i = 0; i < view->member_count && i < AVO_SLOT_MAX_COUNT; i++) {
        slots |= avo_quorum_slot(view->members[i].slot);
    }
    return slots;
}

/* [V3] A coordinator that adopts a newer view restarts its unfinished rounds in it. Here they only lose their names, so that no
 * answer of the old epoch counts any more; ticks begin them again, as many a step as effects fit. */
void avo_replica_on_view(struct avo_replica *replica, const struct avo_view *view) {
    uint16_t listed = replica->quorum.members | replica->quorum.own;
    if (!avo_quorum_adopt(&replica->quorum, view)) {
        return;
    }
    avo_sync_on_view(replica, view, listed & (uint16_t)~slots_of(view));
    replica->silent = 0;
    avo_compare_restart(replica);
    uint32_t index = replica->active_first;
    while (index != AVO_TASK_NONE) {
        struct avo_task *task = avo_task_at(replica, index);
        avo_round_cancel(replica, task);
        index = task->next;
    }
}
