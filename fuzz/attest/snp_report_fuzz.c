/* Any bytes as an SNP report with a version that is known: must-be-zero fields decide, nothing is read beyond. */
#include "attest/verify/evidence.h"
#include "base/assert.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_snp_report report;
    struct avo_reason reason;
    uint8_t bytes[AVO_SNP_REPORT_BYTES] = {0};
    memcpy(bytes, data, size < sizeof bytes ? size : sizeof bytes);
    bytes[0] = (uint8_t)(2 + bytes[0] % 4);
    bytes[1] = bytes[2] = bytes[3] = 0;
    if (avo_snp_report_parse(AVO_SLICE_OF(bytes), &report, &reason) == AVO_OK) {
        AVO_ASSERT(report.version >= 2 && report.version <= 5 && report.signed_bytes.length == 0x2A0);
        AVO_ASSERT(report.version == 5 || (report.launch_mit_vector == 0 && report.current_mit_vector == 0));
    }
    AVO_ASSERT(avo_snp_report_parse(avo_slice(bytes, sizeof bytes - 1), &report, &reason) == AVO_EFORMAT);
    return 0;
}
