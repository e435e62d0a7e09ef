/* What an enclave asked, looked at. */
#include "las/state.h"

void avo_las_check(struct avo_las *las, uint32_t local) {
    struct avo_las_local *asked = &las->locals[local];
    struct avo_local_report report;
    if (avo_local_report_parse(AVO_SLICE_OF(asked->report), &report) == AVO_OK) {
        asked->asked = AVO_LAS_ASKED_KEY;
        avo_las_effect(las, AVO_LAS_NEED_REPORT_KEY, local, AVO_SLICE_OF(report.key_id));
    }
}
