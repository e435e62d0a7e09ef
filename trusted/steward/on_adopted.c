/* A worker is in a view: it is handed the next, and once all are in the newest, the CAS learns it [V6]. */
#include "base/assert.h"
#include "trusted/steward/steward_state.h"

void avo_steward_on_adopted(struct avo_steward *steward, uint32_t worker, uint32_t epoch) {
    AVO_ASSERT(worker < steward->config.launch->layout.worker_count && epoch == steward->handed_epoch[worker]);
    steward->adopted_epoch[worker] = epoch;
    avo_steward_hand(steward);
    avo_steward_report(steward);
}
