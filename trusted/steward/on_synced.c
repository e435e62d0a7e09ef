/* A worker has pulled every key for a view [V5, V6]; the CAS learns it once all have. */
#include "base/assert.h"
#include "trusted/steward/steward_state.h"

void avo_steward_on_synced(struct avo_steward *steward, uint32_t worker, uint32_t epoch) {
    AVO_ASSERT(worker < steward->config.launch->layout.worker_count && epoch <= steward->handed_epoch[worker]);
    if (epoch > steward->synced_epoch[worker]) {
        steward->synced_epoch[worker] = epoch;
        avo_steward_report(steward);
    }
}
