/* The connection to the CAS ended. A member serves without one until the host has opened the next; what is no
 * member yet waits for it. */
#include "trusted/steward/steward_state.h"

/* A CAS that cannot read the first message, made for another key, says nothing and hangs up. A few times may be chance, and so does
 * what stands between when the CAS is down: it is said, and tried again. */
#define SILENT_SAY_COUNT 3

static bool is_said(uint32_t silent_count) {
    uint32_t beyond = silent_count - SILENT_SAY_COUNT + 1;
    return silent_count >= SILENT_SAY_COUNT && (beyond & (beyond - 1)) == 0;
}

static void begin_again(struct avo_steward *steward) {
    steward->phase = AVO_STEWARD_FAILED;
    steward->lost = true;
    steward->silent_count = steward->answered ? 0 : steward->silent_count + 1;
    if (steward->answered) {
        avo_steward_say(steward, AVO_LOG_WARN, "CAS: the connection ended before this enclave was a member; trying again");
    } else if (is_said(steward->silent_count)) {
        avo_steward_say(steward, AVO_LOG_WARN,
                        "CAS: it hangs up without proving the pinned key: is it down behind a proxy? does --cas-key have the key "
                        "of this CAS, as in cas/public.key? trying again");
    }
}

void avo_steward_on_closed(struct avo_steward *steward) {
    if (!steward->connected) {
        return;
    }
    steward->connected = false;
    avo_steward_wipe(steward);
    if (steward->phase != AVO_STEWARD_MEMBER) {
        begin_again(steward);
    }
}
