/* The quote itself: quoting enclave, attestation key, signature. */
#include "attest/dcap/dcap.h"
#include "attest/x509/ecdsa.h"
#include <string.h>

/* The quoting enclave's report vouches for the attestation key: SHA-256(key || auth data), then 32 zero bytes. */
static bool binds_key(const struct avo_quote *quote) {
    uint8_t expected[64] = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool hashed = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                  EVP_DigestUpdate(context, quote->attestation_key.data, quote->attestation_key.length) == 1 &&
                  EVP_DigestUpdate(context, quote->auth_data.data, quote->auth_data.length) == 1 &&
                  EVP_DigestFinal_ex(context, expected, NULL) == 1;
    EVP_MD_CTX_free(context);
    return hashed && memcmp(expected, quote->qe_report.report_data, sizeof expected) == 0;
}

enum avo_error avo_dcap_verify_qe_report(struct avo_dcap *dcap) {
    const struct avo_quote *quote = dcap->quote;
    if (!avo_ecdsa_verify(avo_cert_key(dcap->pck_leaf), quote->qe_signature, quote->qe_report_bytes)) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "quoting enclave report: not signed by the platform's PCK; the quote is altered "
                              "or put together from two");
    }
    return AVO_OK;
}

enum avo_error avo_dcap_verify_signature(struct avo_dcap *dcap) {
    const struct avo_quote *quote = dcap->quote;
    if (!binds_key(quote)) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "quoting enclave report: does not vouch for this attestation key; the quote is "
                              "altered");
    }
    EVP_PKEY *key = avo_ecdsa_p256_key(quote->attestation_key);
    bool verified = avo_ecdsa_verify(key, quote->signature, quote->signed_bytes);
    EVP_PKEY_free(key);
    if (!verified) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "quote signature: does not verify under the attestation key; the quote is "
                              "altered");
    }
    return AVO_OK;
}
