#include "attest/verify/evidence.h"
#include "base/cursor.h"
#include <string.h>

enum avo_error avo_td_report_parse(struct avo_slice bytes, struct avo_td_report *report) {
    struct avo_reader reader = avo_reader(bytes);
    memset(report, 0, sizeof *report);
    avo_read_bytes(&reader, report->tee_tcb_svn, sizeof report->tee_tcb_svn);
    avo_read_bytes(&reader, report->mr_seam, sizeof report->mr_seam);
    avo_read_bytes(&reader, report->mr_signer_seam, sizeof report->mr_signer_seam);
    avo_read_bytes(&reader, report->seam_attributes, sizeof report->seam_attributes);
    report->td_attributes = avo_read_u64(&reader);
    report->xfam = avo_read_u64(&reader);
    avo_read_bytes(&reader, report->mr_td, sizeof report->mr_td);
    avo_read_bytes(&reader, report->mr_config_id, sizeof report->mr_config_id);
    avo_read_bytes(&reader, report->mr_owner, sizeof report->mr_owner);
    avo_read_bytes(&reader, report->mr_owner_config, sizeof report->mr_owner_config);
    for (size_t i = 0; i < AVO_COUNT(report->rtmr); i++) {
        avo_read_bytes(&reader, report->rtmr[i], sizeof report->rtmr[i]);
    }
    avo_read_bytes(&reader, report->report_data, sizeof report->report_data);
    report->has_15 = bytes.length == AVO_TD_REPORT15_BYTES;
    if (report->has_15) {
        avo_read_bytes(&reader, report->tee_tcb_svn2, sizeof report->tee_tcb_svn2);
        avo_read_bytes(&reader, report->mr_service_td, sizeof report->mr_service_td);
    }
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}
