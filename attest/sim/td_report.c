#include "attest/sim/td_report.h"
#include "base/cursor.h"
#include <string.h>

struct avo_td_report avo_sim_td_report_default(bool has_15) {
    struct avo_td_report report = {
        .tee_tcb_svn = {5, 1, 2}, .td_attributes = UINT64_C(1) << 28, .xfam = 0x602E7, .has_15 = has_15, .tee_tcb_svn2 = {5, 1, 2}};
    memset(report.mr_td, 0x7D, sizeof report.mr_td);
    memset(report.rtmr, 0x17, sizeof report.rtmr);
    memset(report.report_data, 0xCC, sizeof report.report_data);
    return report;
}

size_t avo_sim_td_report_encode(const struct avo_td_report *report, uint8_t out[AVO_TD_REPORT15_BYTES]) {
    struct avo_writer writer = avo_writer(out, AVO_TD_REPORT15_BYTES);
    avo_write_bytes(&writer, report->tee_tcb_svn, 16);
    avo_write_bytes(&writer, report->mr_seam, 48);
    avo_write_bytes(&writer, report->mr_signer_seam, 48);
    avo_write_bytes(&writer, report->seam_attributes, 8);
    avo_write_u64(&writer, report->td_attributes);
    avo_write_u64(&writer, report->xfam);
    avo_write_bytes(&writer, report->mr_td, 48);
    avo_write_bytes(&writer, report->mr_config_id, 48);
    avo_write_bytes(&writer, report->mr_owner, 48);
    avo_write_bytes(&writer, report->mr_owner_config, 48);
    avo_write_bytes(&writer, report->rtmr, sizeof report->rtmr);
    avo_write_bytes(&writer, report->report_data, 64);
    if (report->has_15) {
        avo_write_bytes(&writer, report->tee_tcb_svn2, 16);
        avo_write_bytes(&writer, report->mr_service_td, 48);
    }
    return writer.length;
}
