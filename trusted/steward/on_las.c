/* An answer of the LAS, or what the host says is one: the CAS judges it. */
#include "trusted/steward/steward_state.h"

void avo_steward_on_las(struct avo_steward *steward, struct avo_slice message) {
    if (steward->phase != AVO_STEWARD_NEED_EVIDENCE) {
        return; /* for a connection that is gone: a JOIN made of it would go to the next one */
    }
    enum avo_vouch_state state = avo_vouch_read(&steward->vouch, message);
    if (state == AVO_VOUCH_NEED_REPORT) {
        struct avo_steward_effect *make = avo_steward_effect(steward, AVO_STEWARD_MAKE_REPORT);
        make->target = steward->vouch.target;
        make->report_data = steward->report_data;
    } else if (state == AVO_VOUCH_DONE) {
        steward->vouch.state = AVO_VOUCH_IDLE;
        avo_steward_ask(steward, AVO_EVIDENCE_BY_LAS, AVO_SLICE_OF(steward->vouch.voucher));
    } else if (state == AVO_VOUCH_FAILED) {
        struct avo_text text = {0};
        avo_text_add_string(&text, "the LAS would not vouch for this enclave: ");
        avo_text_add(&text, avo_slice(steward->vouch.reason.bytes, steward->vouch.reason.length));
        avo_steward_end(steward, AVO_ENDING_LAS, text.bytes);
    }
}
