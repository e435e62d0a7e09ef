/* A worker is in a view: it is handed the next. Once all are in one, this member votes on what follows it [V7], and the CAS learns
 * it [V6]. */
#include "base/assert.h"
#include "trusted/steward/steward_state.h"

void avo_steward_on_adopted(struct avo_steward *steward, uint32_t worker, uint32_t epoch) {
    AVO_ASSERT(worker < steward->config.launch->layout.worker_count && epoch == steward->handed_epoch[worker]);
    steward->adopted_epoch[worker] = epoch;
    if (avo_steward_adopted_epoch(steward) == steward->view.epoch) {
        avo_acceptor_adopt(&steward->acceptor, (struct avo_configuration){steward->view.epoch, steward->view.generation});
    }
    avo_steward_hand(steward);
    avo_steward_report(steward);
}
