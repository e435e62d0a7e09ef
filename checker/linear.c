#include "checker/linear.h"
#include "checker/configurations.h"
#include "checker/memory.h"
#include "checker/moments.h"
#include "checker/register.h"
#include <string.h>

#define CONFIGURATIONS_MAX (1U << 20)
#define STEPS_MAX (1ULL << 33) /* half a minute or so of one core */
#define SLOT_NONE UINT32_MAX

struct walk {
    struct avo_history *history;
    struct avo_linear_limits limits;
    uint64_t steps; /* slots looked at, in all loops over them */
    struct avo_moments moments;
    struct avo_configurations now;
    struct avo_configurations next;
    struct avo_configurations seen; /* of one return: configurations in which the operation did not take effect yet */
    uint32_t slot_entry[AVO_PENDING_MAX];
    bool slot_used[AVO_PENDING_MAX];
    struct avo_pending_set maybe; /* slots of unknown outcome */
    uint32_t slot_end;            /* all slots in use are below */
    uint32_t *entry_slot;         /* of the pending entries */
};

static const struct avo_history_entry *slot_operation(const struct walk *walk, uint32_t slot) {
    return &walk->history->entries[walk->slot_entry[slot]];
}

/* One of unknown outcome needs no cover: it may be left out. */
static bool can_be_covered(const struct avo_history_entry *entry) {
    return avo_register_is_plain_write(entry) && entry->outcome == AVO_HISTORY_DONE;
}

static bool is_open(const struct walk *walk, const struct avo_configuration *configuration, uint32_t slot) {
    return walk->slot_used[slot] && !avo_pending_has(&configuration->done, slot);
}

/* Somebody pending waits to find `value`. */
static bool is_wanted(struct walk *walk, const struct avo_configuration *configuration, uint32_t value) {
    walk->steps += walk->slot_end;
    for (uint32_t slot = 0; slot < walk->slot_end; slot++) {
        if (is_open(walk, configuration, slot) && avo_register_finds(walk->history, slot_operation(walk, slot), value)) {
            return true;
        }
    }
    return false;
}

/* Of writes of unknown outcome that do the same, the one that was called first may as well take effect first. */
static bool waits_for_twin(struct walk *walk, const struct avo_configuration *configuration, uint32_t slot) {
    const struct avo_history_entry *entry = slot_operation(walk, slot);
    walk->steps += entry->outcome == AVO_HISTORY_UNKNOWN ? walk->slot_end : 0;
    for (uint32_t other = 0; entry->outcome == AVO_HISTORY_UNKNOWN && other < walk->slot_end; other++) {
        if (other != slot && is_open(walk, configuration, other)) {
            const struct avo_history_entry *twin = slot_operation(walk, other);
            bool same = twin->outcome == entry->outcome && twin->kind == entry->kind && twin->value == entry->value &&
                        twin->expect == entry->expect && twin->by == entry->by;
            bool first = twin->call_time < entry->call_time ||
                         (twin->call_time == entry->call_time && walk->slot_entry[other] < walk->slot_entry[slot]);
            if (same && first) {
                return true;
            }
        }
    }
    return false;
}

/* Pending gets of the value the key holds take effect. */
static void gets_settle(const struct walk *walk, struct avo_configuration *configuration) {
    for (uint32_t slot = 0; slot < walk->slot_end; slot++) {
        if (is_open(walk, configuration, slot)) {
            const struct avo_history_entry *entry = slot_operation(walk, slot);
            if (entry->kind == AVO_HISTORY_GET && entry->out == configuration->state) {
                avo_pending_put(&configuration->done, slot);
            }
        }
    }
}

static struct avo_configuration after_write(struct walk *walk, const struct avo_configuration *before, uint32_t writer) {
    struct avo_configuration after = *before;
    const struct avo_history_entry *write = slot_operation(walk, writer);
    walk->steps += 2 * (uint64_t)walk->slot_end;
    after.state = avo_register_after(walk->history, write, (uint32_t)before->state);
    avo_pending_put(&after.done, writer);
    avo_pending_drop(&after.covered, writer);
    for (uint32_t slot = 0; slot < walk->slot_end && avo_register_is_plain_write(write); slot++) {
        if (is_open(walk, &after, slot) && can_be_covered(slot_operation(walk, slot))) {
            avo_pending_put(&after.covered, slot);
        }
    }
    gets_settle(walk, &after);
    return after;
}

static void slot_erase(struct avo_configuration *configuration, uint32_t slot) {
    avo_pending_drop(&configuration->done, slot);
    avo_pending_drop(&configuration->covered, slot);
}

/* May the write in `slot` take effect now, on the way to the return of `target`? */
static bool is_candidate(struct walk *walk, const struct avo_configuration *configuration, uint32_t slot, uint32_t target) {
    if (!is_open(walk, configuration, slot)) {
        return false;
    }
    const struct avo_history_entry *entry = slot_operation(walk, slot);
    uint32_t state = (uint32_t)configuration->state;
    if (entry->kind == AVO_HISTORY_GET || !avo_register_fits(walk->history, entry, state)) {
        return false;
    }
    bool asked = slot == target || !avo_register_is_plain_write(entry) ||
                 is_wanted(walk, configuration, entry->kind == AVO_HISTORY_DELETE ? AVO_NAME_ABSENT : entry->value);
    return asked && !waits_for_twin(walk, configuration, slot);
}

/* Adds to `next` what follows at once from `configuration`, and to `seen` what needs further steps. */
static void return_explore(struct walk *walk, const struct avo_configuration *configuration, uint32_t target) {
    bool done = avo_pending_has(&configuration->done, target);
    if (done || avo_pending_has(&configuration->covered, target)) {
        struct avo_configuration settled = *configuration;
        slot_erase(&settled, target);
        avo_configurations_add(&walk->next, &settled);
    }
    for (uint32_t slot = 0; !done && slot < walk->slot_end; slot++) {
        if (is_candidate(walk, configuration, slot, target)) {
            struct avo_configuration after = after_write(walk, configuration, slot);
            avo_configurations_add(&walk->seen, &after);
        }
    }
}

static void now_becomes_next(struct walk *walk) {
    struct avo_configurations old = walk->now;
    walk->now = walk->next;
    walk->next = old;
    avo_configurations_clear(&walk->next, &walk->maybe);
}

static enum avo_linear_verdict walk_return(struct walk *walk, uint32_t entry) {
    uint32_t target = walk->entry_slot[entry];
    avo_configurations_clear(&walk->seen, &walk->maybe);
    for (uint32_t i = 0; i < walk->now.count; i++) {
        avo_configurations_add(&walk->seen, &walk->now.list[i]);
    }
    for (uint32_t i = 0; i < walk->seen.count; i++) {
        walk->seen.explored = i + 1;
        struct avo_configuration configuration = walk->seen.list[i];
        return_explore(walk, &configuration, target);
        walk->steps += (uint64_t)walk->slot_end + 1;
        if (walk->seen.count > walk->limits.configurations || walk->steps > walk->limits.steps) {
            return AVO_LINEAR_UNDECIDED;
        }
    }
    walk->slot_used[target] = false;
    now_becomes_next(walk);
    return walk->now.count > 0 ? AVO_LINEAR_YES : AVO_LINEAR_NO;
}

static uint32_t slot_take(struct walk *walk) {
    for (uint32_t slot = 0; slot < AVO_PENDING_MAX; slot++) {
        if (!walk->slot_used[slot]) {
            walk->slot_used[slot] = true;
            walk->slot_end = slot >= walk->slot_end ? slot + 1 : walk->slot_end;
            return slot;
        }
    }
    return SLOT_NONE;
}

static enum avo_linear_verdict walk_call(struct walk *walk, uint32_t entry) {
    uint32_t slot = slot_take(walk);
    if (slot == SLOT_NONE) {
        return AVO_LINEAR_UNDECIDED;
    }
    walk->slot_entry[slot] = entry;
    walk->entry_slot[entry] = slot;
    if (walk->history->entries[entry].outcome == AVO_HISTORY_UNKNOWN) {
        avo_pending_put(&walk->maybe, slot);
    }
    walk->steps += (uint64_t)walk->now.count * walk->slot_end;
    if (walk->steps > walk->limits.steps) {
        return AVO_LINEAR_UNDECIDED;
    }
    for (uint32_t i = 0; i < walk->now.count; i++) {
        struct avo_configuration configuration = walk->now.list[i];
        gets_settle(walk, &configuration);
        avo_configurations_add(&walk->next, &configuration);
    }
    now_becomes_next(walk);
    return AVO_LINEAR_YES;
}

static void walk_forget(struct walk *walk, uint32_t entry) {
    uint32_t slot = walk->entry_slot[entry];
    for (uint32_t i = 0; i < walk->now.count; i++) {
        struct avo_configuration configuration = walk->now.list[i];
        slot_erase(&configuration, slot);
        avo_configurations_add(&walk->next, &configuration);
    }
    walk->slot_used[slot] = false;
    avo_pending_drop(&walk->maybe, slot);
    now_becomes_next(walk);
}

static void walk_start(struct walk *walk) {
    memset(&walk->maybe, 0, sizeof walk->maybe);
    avo_configurations_clear(&walk->now, &walk->maybe);
    avo_configurations_clear(&walk->next, &walk->maybe);
    memset(walk->slot_used, 0, sizeof walk->slot_used);
    walk->slot_end = 0;
    struct avo_configuration absent;
    memset(&absent, 0, sizeof absent);
    avo_configurations_add(&walk->now, &absent);
}

static struct avo_linear_report walk_key(struct walk *walk, uint32_t key) {
    avo_moments_of(&walk->moments, key);
    walk_start(walk);
    for (uint32_t i = 0; i < walk->moments.count; i++) {
        const struct avo_moment *moment = &walk->moments.list[i];
        enum avo_linear_verdict verdict = AVO_LINEAR_YES;
        if (moment->kind == AVO_MOMENT_CALL) {
            verdict = walk_call(walk, moment->entry);
        } else if (moment->kind == AVO_MOMENT_RETURN) {
            verdict = walk_return(walk, moment->entry);
        } else {
            walk_forget(walk, moment->entry);
        }
        if (verdict != AVO_LINEAR_YES) {
            return (struct avo_linear_report){verdict, key, moment->entry};
        }
    }
    return (struct avo_linear_report){AVO_LINEAR_YES, key, 0};
}

struct avo_linear_report avo_linear_check_within(struct avo_history *history, struct avo_linear_limits limits) {
    struct walk *walk = avo_memory_zeroed(1, sizeof *walk);
    walk->history = history;
    walk->limits = limits;
    walk->moments = avo_moments_open(history);
    walk->entry_slot = avo_memory_zeroed(history->count, sizeof *walk->entry_slot);
    struct avo_linear_report report = {AVO_LINEAR_YES, 0, 0};
    for (uint32_t key = 1; key <= history->keys.count && report.verdict != AVO_LINEAR_NO; key++) {
        struct avo_linear_report one = walk_key(walk, key);
        report = one.verdict == AVO_LINEAR_YES ? report : one;
    }
    avo_moments_destroy(&walk->moments);
    avo_configurations_destroy(&walk->now);
    avo_configurations_destroy(&walk->next);
    avo_configurations_destroy(&walk->seen);
    free(walk->entry_slot);
    free(walk);
    return report;
}

struct avo_linear_report avo_linear_check(struct avo_history *history) {
    return avo_linear_check_within(history, (struct avo_linear_limits){CONFIGURATIONS_MAX, STEPS_MAX});
}
