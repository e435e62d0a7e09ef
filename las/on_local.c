/* What an enclave asks: for whom to make its report, and then for a voucher. While the CAS has not verified this LAS a voucher
 * would be worth nothing, so the report is held. One question at a time: a new one takes the place of the last. */
#include "las/state.h"

static void refuse_string(struct avo_las *las, uint32_t local, const char *string) {
    struct avo_text text = {0};
    avo_text_add_string(&text, string);
    avo_las_refuse(las, local, &text);
}

void avo_las_on_local(struct avo_las *las, uint32_t local, struct avo_slice bytes) {
    struct avo_las_local *asked = &las->locals[local];
    struct avo_local_message message;
    enum avo_error error = avo_local_read(bytes, &message);
    *asked = (struct avo_las_local){.id = message.id};
    if (error == AVO_ESTALE) {
        refuse_string(las, local, "LAS: the enclave speaks another version of the protocol: install the same version on both");
    } else if (error == AVO_OK && message.type == AVO_LOCAL_TARGET_REQUEST) {
        avo_las_answer(las, local, AVO_LOCAL_TARGET, AVO_SLICE_OF(las->config.measurement));
    } else if (error == AVO_OK && message.type == AVO_LOCAL_REPORT) {
        asked->asked = AVO_LAS_ASKED_EARLY;
        avo_copy(asked->report, sizeof asked->report, message.body);
        if (las->registered) {
            avo_las_check(las, local);
        }
    } else {
        avo_las_effect(las, AVO_LAS_DROP, local, AVO_SLICE_EMPTY);
    }
}
