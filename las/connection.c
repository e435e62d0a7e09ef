/* The connection to the CAS is gone. Until the next one stands, enclaves wait. What sits between can break a connection, so that
 * alone ends no LAS; it is said, less and less often. */
#include "las/state.h"

void avo_las_leave(struct avo_las *las) {
    las->phase = AVO_LAS_AWAY;
    las->registered = false;
    avo_secure_stream_wipe(&las->stream);
}

void avo_las_lose(struct avo_las *las) {
    if (las->phase == AVO_LAS_AWAY) {
        return;
    }
    avo_las_leave(las);
    las->silent_count = las->heard ? 0 : las->silent_count + 1;
    uint32_t times = las->silent_count - AVO_LAS_SILENT_SAY_COUNT + 1;
    if (las->silent_count >= AVO_LAS_SILENT_SAY_COUNT && (times & (times - 1)) == 0) {
        struct avo_text text = {0};
        avo_text_add_string(&text,
                            "CAS: it hangs up without proving the pinned key: is it down behind a proxy? does --cas-key have the "
                            "key of this CAS, as in cas/public.key? trying again");
        avo_las_warn(las, &text);
    } else if (las->heard) {
        struct avo_text text = {0};
        avo_text_add_string(&text, "CAS: the connection ended; trying again");
        avo_las_warn(las, &text);
    }
}
