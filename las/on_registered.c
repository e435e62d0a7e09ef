/* The CAS verified this LAS: its vouchers count, and the reports that waited for that can be looked at. */
#include "las/state.h"

void avo_las_on_registered(struct avo_las *las) {
    struct avo_text text = {0};
    if (las->phase ==
        AVO_LAS_ASKED) { /* in one piece with a greeting it comes before the TEE has answered: that proof still goes out */
        las->phase = AVO_LAS_IDLE;
    }
    avo_text_add_string(&text, las->registered ? "registered again: the CAS verified its vendor's evidence again"
                                               : "registered: the CAS verified its vendor's evidence");
    las->registered = true;
    las->proven = true;
    las->refused_count = 0;
    avo_las_log(las, &text);
    for (uint32_t i = 0; i < las->config.local_max_count; i++) {
        if (las->locals[i].asked == AVO_LAS_ASKED_EARLY) {
            avo_las_check(las, i);
        }
    }
}
