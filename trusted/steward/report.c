/* [V6] What the CAS must know before it proposes the next view: that every worker of this enclave is in the newest. */
#include "trusted/steward/steward_state.h"

static bool is_due(const struct avo_steward *steward) {
    bool all = steward->phase == AVO_STEWARD_MEMBER && steward->reported_epoch != steward->view.epoch;
    for (uint32_t i = 0; i < steward->config.launch->layout.worker_count; i++) {
        all &= steward->adopted_epoch[i] == steward->view.epoch;
    }
    return all;
}

void avo_steward_report(struct avo_steward *steward) {
    uint8_t bytes[AVO_ADOPTED_BYTES];
    if (!is_due(steward)) {
        return;
    }
    if (!steward->connected) {
        avo_steward_effect(steward, AVO_STEWARD_REOPEN);
    } else if (steward->greeted) { /* else: when the CAS has greeted */
        struct avo_writer writer = avo_writer(bytes, sizeof bytes);
        avo_adopted_write(&writer, steward->view.epoch);
        if (avo_steward_send(steward, avo_writer_slice(&writer))) {
            steward->reported_epoch = steward->view.epoch;
        }
    }
}
