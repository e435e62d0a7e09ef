/* The CAS's reason is for a person; the stream is authentic, so it is the CAS's own. "Not now" is tried again. */
#include "trusted/steward/steward_state.h"

void avo_steward_on_refused(struct avo_steward *steward, struct avo_slice message) {
    static const char refused[] = "CAS refused to admit this enclave: ";
    enum avo_error error;
    struct avo_text text;
    if (avo_control_refused_read(message, &error, &text) != AVO_OK) {
        avo_steward_reject(steward, "CAS: its refusal is malformed: look at the log of avocado-cas");
    } else if (error == AVO_EBUSY) { /* no view was made for its key, or that one is an older incarnation's */
        steward->keeps_key = false;
        avo_steward_lose(steward, refused, &text);
    } else {
        avo_steward_fail(steward, refused, &text);
    }
}
