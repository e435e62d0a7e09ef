/* The CAS refuses this LAS: for good, unless it was accepted before. */
#include "las/state.h"

/* What was good once and is refused now failed by what the CAS judges with, such as collateral that ran out or is being replaced:
 * it will be good again. Until then its vouchers do not count. */
static void try_again(struct avo_las *las, struct avo_text *line) {
    avo_las_leave(las);
    las->refused_count++;
    if ((las->refused_count & (las->refused_count - 1)) == 0) {
        avo_text_add_string(line, "; trying again (");
        avo_text_add_number(line, las->refused_count);
        avo_text_add_string(line, " times so far)");
        avo_las_warn(las, line);
    }
    avo_las_effect(las, AVO_LAS_RECONNECT, 0, AVO_SLICE_EMPTY);
}

void avo_las_on_refused(struct avo_las *las, struct avo_slice message) {
    enum avo_error error;
    struct avo_text text, line = {0};
    if (avo_control_refused_read(message, &error, &text) != AVO_OK) {
        avo_las_end_string(las, "CAS: its refusal is malformed: look at the log of avocado-cas");
        return;
    }
    avo_text_add_string(&line, "CAS refused it: ");
    avo_text_add(&line, avo_slice(text.bytes, text.length));
    if (las->proven && error != AVO_ESTALE) { /* ESTALE: another start of this machine's LAS took its place, which ends this one */
        try_again(las, &line);
    } else {
        avo_las_end(las, &line);
    }
}
