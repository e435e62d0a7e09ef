/* The connection to the CAS is gone. Until the next one stands, enclaves wait. */
#include "las/state.h"

void avo_las_on_closed(struct avo_las *las) {
    if (las->phase == AVO_LAS_AWAY) {
        return;
    }
    las->phase = AVO_LAS_AWAY;
    las->registered = false;
    las->silent_count = las->heard ? 0 : las->silent_count + 1;
    if (las->silent_count >= AVO_LAS_SILENT_MAX_COUNT) {
        avo_las_end_string(las, "CAS: it hangs up without proving the pinned key: give --cas-key the key of this CAS, as in "
                                "cas/public.key");
    }
}
