#include "attest/verify/local_report.h"
#include "base/cursor.h"
#include "base/secret.h"

enum avo_error avo_local_report_parse(struct avo_slice bytes, struct avo_local_report *report) {
    struct avo_reader reader = avo_reader(bytes);
    report->body = avo_read_slice(&reader, AVO_SGX_REPORT_BYTES);
    avo_read_bytes(&reader, report->key_id, sizeof report->key_id);
    avo_read_bytes(&reader, report->mac, sizeof report->mac);
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}

enum avo_error avo_local_report_check(const struct avo_local_report *report, const uint8_t key[AVO_CMAC_KEY_BYTES]) {
    uint8_t mac[AVO_CMAC_BYTES];
    enum avo_error error = avo_cmac_aes128(key, report->body, mac);
    bool same = avo_secret_equal(mac, report->mac, sizeof mac);
    avo_secret_wipe(mac, sizeof mac); /* of a forged report: it would be the one to send */
    if (error != AVO_OK) {
        return error;
    }
    return same ? AVO_OK : AVO_EAUTH;
}
