/* Any bytes as Intel's SGX extension; and as a certificate, whose extensions and AMD fields are read when it parses. */
#include "attest/dcap/pck.h"
#include "attest/snp/vek.h"
#include "base/assert.h"
#include <openssl/err.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_pck pck;
    struct avo_vek vek;
    struct avo_reason reason;
    if (avo_pck_parse(avo_slice(data, size), &pck) == AVO_OK) {
        AVO_ASSERT(size > 100);
    }
    X509 *cert = avo_cert_from_any(avo_slice(data, size));
    if (cert != NULL) {
        (void)!avo_pck_from_cert(cert, &pck, &reason);
        if (avo_vek_from_cert(cert, &vek, &reason) == AVO_OK) {
            AVO_ASSERT(vek.chip_id_bytes <= sizeof vek.chip_id);
        }
        X509_free(cert);
    }
    ERR_clear_error();
    return 0;
}
