#include "attest/sim/local_report.h"
#include "base/assert.h"
#include "base/cursor.h"
#include "base/secret.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

void avo_sim_report_key(const uint8_t seed[AVO_SIM_SEED_BYTES], const uint8_t target[32],
                        const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES], uint8_t key[AVO_CMAC_KEY_BYTES]) {
    static const char label[] = "report key"; /* with its terminator */
    uint8_t bytes[sizeof label + 32 + AVO_REPORT_KEY_ID_BYTES];
    uint8_t derived[32];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_bytes(&writer, label, sizeof label);
    avo_write_bytes(&writer, target, 32);
    avo_write_bytes(&writer, key_id, AVO_REPORT_KEY_ID_BYTES);
    const uint8_t *made = HMAC(EVP_sha256(), seed, AVO_SIM_SEED_BYTES, bytes, writer.length, derived, NULL);
    AVO_ASSERT(made != NULL);
    memcpy(key, derived, AVO_CMAC_KEY_BYTES);
    avo_secret_wipe(derived, sizeof derived);
}

enum avo_error avo_sim_local_report(const uint8_t seed[AVO_SIM_SEED_BYTES], const uint8_t target[32],
                                    const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES], const struct avo_sgx_report *body,
                                    uint8_t report[AVO_LOCAL_REPORT_BYTES]) {
    uint8_t key[AVO_CMAC_KEY_BYTES];
    avo_sgx_report_encode(body, report);
    memcpy(report + AVO_SGX_REPORT_BYTES, key_id, AVO_REPORT_KEY_ID_BYTES);
    avo_sim_report_key(seed, target, key_id, key);
    enum avo_error error =
        avo_cmac_aes128(key, avo_slice(report, AVO_SGX_REPORT_BYTES), report + AVO_SGX_REPORT_BYTES + AVO_REPORT_KEY_ID_BYTES);
    avo_secret_wipe(key, sizeof key);
    return error;
}
