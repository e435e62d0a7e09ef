/* The CAS sends the view it had chosen. */
#include "trusted/steward/steward_state.h"
#include <string.h>

void avo_steward_on_view_message(struct avo_steward *steward, struct avo_slice message) {
    struct avo_slice signed_view;
    if (avo_control_bytes_read(message, AVO_CONTROL_VIEW, AVO_VIEW_MAX_BYTES, &signed_view) != AVO_OK) {
        avo_steward_reject(steward, "CAS: its view is malformed: look at the log of avocado-cas");
        return;
    }
    avo_steward_on_view(steward, signed_view);
    if (steward->signed_view.length == signed_view.length &&
        memcmp(steward->signed_view.bytes, signed_view.data, signed_view.length) == 0) {
        steward->shown_epoch = steward->view.epoch; /* the CAS has it */
    }
}
