/* The dispatcher of the CAS's messages only dispatches: each is good in some phases. */
#include "las/state.h"

void avo_las_on_message(struct avo_las *las, struct avo_slice message) {
    enum avo_control_type type = (enum avo_control_type)avo_control_type(message);
    if (type == AVO_CONTROL_HELLO && (las->phase == AVO_LAS_MUTE || las->phase == AVO_LAS_IDLE)) {
        avo_las_on_hello(las, message);
    } else if (type == AVO_CONTROL_REFUSED) {
        avo_las_on_refused(las, message);
    } else if (type == AVO_CONTROL_LAS_REGISTERED && (las->phase == AVO_LAS_ASKED || las->phase == AVO_LAS_PROVES) &&
               avo_control_empty_read(message, type) == AVO_OK) {
        avo_las_on_registered(las);
    } else if (type == AVO_CONTROL_WAIT && las->phase == AVO_LAS_ASKED && avo_control_empty_read(message, type) == AVO_OK) {
        las->phase = AVO_LAS_IDLE;
    } else {
        avo_las_end_string(las, "CAS: it said something out of turn: install the same version on both");
    }
}
