#include "sim/convergence.h"
#include "trusted/worker/worker_state.h"

/* Does every replica hold at least `version` of `key`? */
static bool all_hold(const struct avo_node *nodes, const struct avo_plan *plan, uint32_t index, struct avo_slice key,
                     struct avo_version version) {
    for (uint8_t slot = 0; slot < plan->slot_count; slot++) {
        struct avo_found found;
        if (nodes[slot].crashed || (plan->full_alone && slot == plan->full_slot)) {
            continue;
        }
        avo_store_find(nodes[slot].workers[index]->store, key, &found);
        if (avo_version_compare(found.entry.version, version) < 0) {
            return false;
        }
    }
    return true;
}

static bool spread(const struct avo_node *nodes, const struct avo_plan *plan, uint8_t slot, uint32_t index) {
    const struct avo_store *store = nodes[slot].workers[index]->store;
    uint8_t after[AVO_KEY_MAX_BYTES + 1]; /* a key and a zero byte: the first that may follow it */
    struct avo_buffer key = {after, 0, AVO_KEY_MAX_BYTES};
    struct avo_entry entry;
    size_t after_bytes = 0;
    while (avo_store_next(store, avo_slice(after, after_bytes), &key, &entry)) {
        if (entry.state != AVO_ENTRY_DAMAGED && !all_hold(nodes, plan, index, avo_buffer_slice(&key), entry.version)) {
            return false;
        }
        after[key.length] = 0;
        after_bytes = key.length + 1;
    }
    return true;
}

bool avo_sim_converged(const struct avo_node *nodes, const struct avo_plan *plan) {
    for (uint8_t slot = 0; slot < plan->slot_count; slot++) {
        for (uint32_t index = 0; !nodes[slot].crashed && index < plan->worker_count; index++) {
            if (!spread(nodes, plan, slot, index)) {
                return false;
            }
        }
    }
    return true;
}
