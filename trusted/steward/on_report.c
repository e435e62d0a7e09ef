/* The CPU's local report for the LAS, or why there is none. */
#include "base/assert.h"
#include "trusted/steward/steward_state.h"

void avo_steward_on_report(struct avo_steward *steward, enum avo_error error, struct avo_slice report) {
    if (steward->phase != AVO_STEWARD_NEED_EVIDENCE) {
        return; /* for a connection that is gone */
    }
    if (error != AVO_OK) {
        struct avo_text text = {0};
        avo_text_add_string(&text, "the CPU gave no report: ");
        avo_text_add_string(&text, avo_error_text(error));
        avo_steward_end(steward, AVO_ENDING_MACHINE, text.bytes);
        return;
    }
    AVO_ASSERT(report.length == AVO_LOCAL_REPORT_MESSAGE_BYTES);
    struct avo_writer writer = avo_writer(steward->to_las, sizeof steward->to_las);
    (void)avo_vouch_report(&steward->vouch, report.data, &writer);
    avo_steward_effect(steward, AVO_STEWARD_ASK_LAS)->bytes = avo_writer_slice(&writer);
}
