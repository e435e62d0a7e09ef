/* A local report: what SGX's EREPORT makes for one other program on the same CPU (Intel SDM, REPORT): body 384, key id 32, MAC 16.
 *
 * The MAC is AES-128-CMAC over the body, under a key that the CPU derives from itself, from the target's measurement and from the
 * key id, and that only the target gets (EGETKEY). So whom the MAC convinces knows that the body's program runs beside it.
 */
#ifndef AVO_ATTEST_VERIFY_LOCAL_REPORT_H
#define AVO_ATTEST_VERIFY_LOCAL_REPORT_H

#include "attest/verify/evidence.h"
#include "attest/x509/cmac.h"

#define AVO_REPORT_KEY_ID_BYTES 32
#define AVO_LOCAL_REPORT_BYTES (AVO_SGX_REPORT_BYTES + AVO_REPORT_KEY_ID_BYTES + AVO_CMAC_BYTES)

struct avo_local_report {
    struct avo_slice body; /* borrowed; parsed by avo_sgx_report_parse */
    uint8_t key_id[AVO_REPORT_KEY_ID_BYTES];
    uint8_t mac[AVO_CMAC_BYTES];
};

/* Takes it apart. AVO_EFORMAT unless `bytes` are exactly AVO_LOCAL_REPORT_BYTES. Nothing in it is to be believed yet. */
AVO_MUST_USE enum avo_error avo_local_report_parse(struct avo_slice bytes, struct avo_local_report *report);

/* AVO_OK when the MAC is right under `key`, the report key of the checking program for this very key id: then the body is what
 * this CPU says. AVO_EAUTH when it is not; AVO_EIO when OpenSSL fails. */
AVO_MUST_USE enum avo_error avo_local_report_check(const struct avo_local_report *report, const uint8_t key[AVO_CMAC_KEY_BYTES]);

#endif
