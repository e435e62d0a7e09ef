/* Any bytes as a local report: what parses has three parts that are the bytes, and no key but the right one accepts it. */
#include "attest/verify/local_report.h"
#include "base/assert.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t key[AVO_CMAC_KEY_BYTES] = {1};
    struct avo_local_report report;
    struct avo_sgx_report body;
    uint8_t mac[AVO_CMAC_BYTES];
    if (avo_local_report_parse(avo_slice(data, size), &report) != AVO_OK) {
        AVO_ASSERT(size != AVO_LOCAL_REPORT_BYTES);
        return 0;
    }
    AVO_ASSERT(size == AVO_LOCAL_REPORT_BYTES && memcmp(report.key_id, data + AVO_SGX_REPORT_BYTES, sizeof report.key_id) == 0);
    AVO_ASSERT(avo_sgx_report_parse(report.body, &body) == AVO_OK);
    AVO_ASSERT(avo_cmac_aes128(key, report.body, mac) == AVO_OK);
    bool right = memcmp(mac, report.mac, sizeof mac) == 0;
    AVO_ASSERT(avo_local_report_check(&report, key) == (right ? AVO_OK : AVO_EAUTH));
    memcpy(report.mac, mac, sizeof mac);
    AVO_ASSERT(avo_local_report_check(&report, key) == AVO_OK);
    return 0;
}
