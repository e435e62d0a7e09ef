/* The CAS has no policy yet, or other members are missing. */
#include "trusted/steward/steward_state.h"

void avo_steward_on_wait(struct avo_steward *steward, struct avo_slice message) {
    if (avo_control_empty_read(message, AVO_CONTROL_WAIT) != AVO_OK) {
        avo_steward_reject(steward, "CAS: it said something malformed: look at the log of avocado-cas");
        return;
    }
    steward->phase = AVO_STEWARD_WAITING;
    avo_steward_say(steward, AVO_LOG_INFO, "at the CAS: waiting for its policy, or for the other members");
}
