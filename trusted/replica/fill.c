#include "trusted/replica/fill.h"
#include "trusted/replica/round.h"
#include "trusted/replica/task.h"

#define PATIENCE_MS 4000

static void end(struct avo_replica *replica, struct avo_task *task) {
    avo_task_end(replica, task);
    replica->comparing.fill_count--;
    avo_comparison_fill_ended(replica);
}

/* It asks nobody else: the other holders of the version are compared with, too. */
static void start(struct avo_replica *replica, struct avo_task *task) {
    avo_round_begin(replica, task, task->asked);
}

static void ask(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message) {
    avo_round_query(replica, task, AVO_WANT_VALUE, task->version, message);
}

static bool take(struct avo_replica *replica, const struct avo_task *task, struct avo_version version,
                 const struct avo_answer *answer) {
    bool applied;
    const struct avo_slice *value = answer->state == AVO_ENTRY_TOMBSTONE ? NULL : &answer->value;
    avo_replica_see_clock(replica, version.clock);
    enum avo_error error = avo_store_apply(replica->config.store, avo_task_key(replica, task), version, value, &applied);
    replica->stats.caught_up += applied;
    return error == AVO_OK;
}

/* [DESIGN 8] A replica may take a version from wherever it was written, as in a write-back. A copy that is damaged there has no
 * value to give [B4]. */
static void on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    (void)slot;
    struct avo_version version = answer->same ? task->version : answer->version;
    bool there = answer->state == AVO_ENTRY_TOMBSTONE || answer->has_value;
    if (there && avo_version_compare(version, task->version) >= 0) {
        if (take(replica, task, version, answer)) {
            avo_comparison_filled(replica);
        } else {
            avo_comparison_refused(replica);
        }
    }
    end(replica, task);
}

static void give_up(struct avo_replica *replica, struct avo_task *task) {
    end(replica, task);
}

static const struct avo_phase filling = {.start = start, .ask = ask, .on_answer = on_answer, .restart = give_up, .expire = give_up};

bool avo_fill_begin(struct avo_replica *replica, uint8_t slot, struct avo_slice key, struct avo_version version) {
    struct avo_task *task = avo_task_begin(replica, key, PATIENCE_MS);
    if (task == NULL) {
        return false;
    }
    task->version = version;
    task->asked = avo_quorum_slot(slot);
    replica->comparing.fill_count++;
    avo_task_enter(replica, task, &filling);
    return true;
}
