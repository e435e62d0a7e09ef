/* The one decision of a LAS: it vouches for a report whose MAC verifies under its own report key, and for nothing else. Such a
 * report was made by this CPU, for this program, by the program whose measurement it carries [DESIGN 11.3]. */
#include "las/state.h"

static void refuse(struct avo_las *las, uint32_t local, const char *string) {
    struct avo_text text = {0};
    avo_text_add_string(&text, string);
    avo_las_refuse(las, local, &text);
    avo_las_warn(las, &text);
}

static void vouch(struct avo_las *las, uint32_t local, const struct avo_local_report *report) {
    uint8_t voucher[AVO_VOUCHER_BYTES];
    struct avo_sgx_report body;
    struct avo_text text = {0};
    avo_voucher_make(report->body.data, las->sign_secret, voucher);
    avo_las_answer(las, local, AVO_LOCAL_VOUCHER, AVO_SLICE_OF(voucher));
    if (avo_sgx_report_parse(report->body, &body) == AVO_OK) {
        avo_text_add_string(&text, "vouched for a program with measurement ");
        avo_text_add_hex(&text, AVO_SLICE_OF(body.mr_enclave));
        avo_las_log(las, &text);
    }
}

void avo_las_on_report_key(struct avo_las *las, uint32_t local, struct avo_slice key) {
    struct avo_las_local *asked = &las->locals[local];
    struct avo_local_report report;
    if (asked->asked != AVO_LAS_ASKED_KEY) {
        return;
    }
    asked->asked = AVO_LAS_ASKED_NOTHING;
    if (key.length != AVO_CMAC_KEY_BYTES || avo_local_report_parse(AVO_SLICE_OF(asked->report), &report) != AVO_OK) {
        refuse(las, local, "CPU: it gave no report key: look at its log, then start avocado-las again");
        return;
    }
    enum avo_error error = avo_local_report_check(&report, key.data);
    if (error == AVO_OK) {
        vouch(las, local, &report);
    } else if (error == AVO_EAUTH) {
        refuse(las, local,
               "report: its MAC does not verify: it was made on another machine, for another program, or changed on the way: start "
               "the node beside its own LAS");
    } else {
        refuse(las, local, "LAS: it cannot compute a MAC: it has no memory left: start it again, then the node");
    }
}

_Static_assert(AVO_LOCAL_REPORT_BYTES == AVO_LOCAL_REPORT_MESSAGE_BYTES, "a report fits its message");
_Static_assert(AVO_SGX_REPORT_BYTES == AVO_REPORT_BODY_BYTES, "its body fits a voucher");
