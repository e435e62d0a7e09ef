/* The dispatcher only dispatches. */
#include "las/las.h"
#include "las/state.h"

struct avo_las_effects avo_las_step(struct avo_las *las, const struct avo_las_event *event) {
    avo_las_effects_begin(las);
    if (event->local < las->config.local_max_count && las->phase != AVO_LAS_ENDED) {
        switch (event->kind) {
        case AVO_LAS_OPENED:
            avo_las_on_opened(las);
            break;
        case AVO_LAS_BYTES:
            avo_las_on_bytes(las, event->bytes);
            break;
        case AVO_LAS_CLOSED:
            avo_las_lose(las);
            break;
        case AVO_LAS_EVIDENCE_READY:
            avo_las_on_evidence(las, event->bytes);
            break;
        case AVO_LAS_LOCAL_MESSAGE:
            avo_las_on_local(las, event->local, event->bytes);
            break;
        case AVO_LAS_LOCAL_CLOSED:
            las->locals[event->local] = (struct avo_las_local){.asked = AVO_LAS_ASKED_NOTHING};
            break;
        case AVO_LAS_REPORT_KEY_READY:
            avo_las_on_report_key(las, event->local, event->bytes);
            break;
        }
    }
    return (struct avo_las_effects){las->effects, las->effect_count};
}
