/* A simulated CPU's EREPORT and EGETKEY: local reports under a secret of the platform's own. For the simulated CPU and for tests.
 */
#ifndef AVO_ATTEST_SIM_LOCAL_REPORT_H
#define AVO_ATTEST_SIM_LOCAL_REPORT_H

#include "attest/verify/local_report.h"

#define AVO_SIM_SEED_BYTES 32

/* The report key of the program measured as `target`, for one key id: HMAC-SHA-256(seed, "report key" || 0 || target || key id)
 * cut to 16 bytes. */
void avo_sim_report_key(const uint8_t seed[AVO_SIM_SEED_BYTES], const uint8_t target[32],
                        const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES], uint8_t key[AVO_CMAC_KEY_BYTES]);

/* The report with this body and key id that `target` on the same platform can check. AVO_EIO when OpenSSL fails. */
AVO_MUST_USE enum avo_error avo_sim_local_report(const uint8_t seed[AVO_SIM_SEED_BYTES], const uint8_t target[32],
                                                 const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES], const struct avo_sgx_report *body,
                                                 uint8_t report[AVO_LOCAL_REPORT_BYTES]);

#endif
