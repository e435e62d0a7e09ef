/* The vendor's evidence for this enclave, or why there is none. */
#include "trusted/steward/steward_state.h"

void avo_steward_on_evidence(struct avo_steward *steward, enum avo_error error, struct avo_slice evidence) {
    if (steward->phase != AVO_STEWARD_NEED_EVIDENCE) {
        return; /* for a connection that is gone */
    }
    if (error != AVO_OK) {
        struct avo_text text = {0};
        avo_text_add_string(&text, "the CPU gave no evidence: ");
        avo_text_add_string(&text, avo_error_text(error));
        avo_steward_say(steward, AVO_LOG_WARN, text.bytes);
    }
    if (error != AVO_OK || evidence.length == 0 || evidence.length > AVO_EVIDENCE_MAX_BYTES) {
        avo_steward_fail(steward, "TEE: it gave no evidence: look at the log of the node", NULL);
        return;
    }
    avo_steward_ask(steward, AVO_EVIDENCE_BY_VENDOR, evidence);
}
