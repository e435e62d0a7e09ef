/* Any text as a TCB info response: split, parsed, and evaluated against a platform made of the same bytes. */
#include "attest/dcap/tcb_level.h"
#include "attest/verify/collateral.h"
#include "base/assert.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void evaluate(const struct avo_tcb_info *info, const uint8_t *data, size_t size) {
    struct avo_pck pck;
    struct avo_td_report td;
    struct avo_tcb_match match;
    struct avo_reason reason;
    memset(&pck, size > 0 ? data[size - 1] : 0, sizeof pck);
    memset(&td, 0, sizeof td);
    memset(td.tee_tcb_svn, size > 1 ? data[size - 2] & 7 : 0, sizeof td.tee_tcb_svn);
    (void)!avo_tdx_module_check(info, &td, &reason);
    if (avo_tcb_evaluate(info, &pck, info->tdx ? td.tee_tcb_svn : NULL, AVO_TCB_UP_TO_DATE, &match, &reason) == AVO_OK) {
        AVO_ASSERT(match.level != NULL && match.status != AVO_TCB_NOT_EVALUATED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct avo_tcb_info info;
    struct avo_signed_json json;
    struct avo_reason reason;
    struct avo_slice text = avo_slice(data, size);
    struct avo_slice object = text;
    if (avo_collateral_split(text, AVO_SLICE_EMPTY, "tcbInfo", "TCB info", &json, &reason) == AVO_OK) {
        object = json.object;
        AVO_ASSERT(object.data >= data && object.data + object.length <= data + size);
    }
    if (avo_tcb_info_parse(object, &info, &reason) == AVO_OK) {
        AVO_ASSERT(info.level_count > 0);
        evaluate(&info, data, size);
    }
    avo_tcb_info_free(&info);
    return 0;
}
