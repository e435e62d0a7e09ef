/* The dispatcher of events. */
#include "trusted/steward/steward_state.h"

void avo_steward_step(struct avo_steward *steward, const struct avo_steward_event *event, struct avo_steward_effects *effects) {
    avo_steward_begin(steward, effects);
    switch (event->type) {
    case AVO_STEWARD_OPENED:
        avo_steward_on_opened(steward);
        break;
    case AVO_STEWARD_BYTES:
        avo_steward_on_bytes(steward, event->bytes);
        break;
    case AVO_STEWARD_CLOSED:
        avo_steward_on_closed(steward);
        break;
    case AVO_STEWARD_LAS:
        avo_steward_on_las(steward, event->bytes);
        break;
    case AVO_STEWARD_EVIDENCE:
        avo_steward_on_evidence(steward, event->error, event->bytes);
        break;
    case AVO_STEWARD_REPORT:
        avo_steward_on_report(steward, event->error, event->bytes);
        break;
    case AVO_STEWARD_ADOPTED:
        avo_steward_on_adopted(steward, event->worker, event->epoch);
        break;
    case AVO_STEWARD_SYNCED:
        avo_steward_on_synced(steward, event->worker, event->epoch);
        break;
    case AVO_STEWARD_VIEW:
        avo_steward_on_view(steward, event->bytes);
        avo_steward_report(steward); /* the CAS may lack it */
        break;
    }
    avo_steward_finish(steward);
}
