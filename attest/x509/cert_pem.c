#include "attest/x509/cert.h"
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

void avo_certs_free(struct avo_certs *certs) {
    for (uint32_t i = 0; i < certs->count; i++) {
        X509_free(certs->cert[i]);
    }
    certs->count = 0;
}

X509 *avo_cert_from_any(struct avo_slice bytes) {
    struct avo_certs certs;
    struct avo_reason ignored;
    X509 *cert = avo_cert_from_der(bytes);
    if (cert != NULL || avo_certs_from_pem(bytes, "certificate", &certs, &ignored) != AVO_OK) {
        return cert;
    }
    if (certs.count == 1 && X509_up_ref(certs.cert[0]) == 1) {
        cert = certs.cert[0];
    }
    avo_certs_free(&certs);
    return cert;
}

enum avo_error avo_certs_from_pem(struct avo_slice pem, const char *what, struct avo_certs *certs, struct avo_reason *reason) {
    certs->count = 0;
    BIO *bio = pem.length == 0 || pem.length > INT32_MAX ? NULL : BIO_new_mem_buf(pem.data, (int)pem.length);
    X509 *cert = NULL;
    while (bio != NULL && certs->count < AVO_CERTS_MAX && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        certs->cert[certs->count++] = cert;
    }
    cert = bio != NULL && certs->count == AVO_CERTS_MAX ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    bool more = cert != NULL;
    BIO_free(bio);
    X509_free(cert);
    ERR_clear_error(); /* the end of the text reads as an error */
    if (more) {
        avo_certs_free(certs);
        return avo_reason_set(reason, AVO_EFULL, "%s: more than %d certificates; leave those of the evidence's vendor", what,
                              AVO_CERTS_MAX);
    }
    if (certs->count == 0) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s: no certificate in PEM; give the chain as PEM, leaf first", what);
    }
    return AVO_OK;
}

/* What is left of `text` after trailing NULs and then one line feed are taken off. */
static struct avo_slice trim_end(struct avo_slice text) {
    while (text.length > 0 && text.data[text.length - 1] == 0) {
        text.length--;
    }
    if (text.length > 0 && text.data[text.length - 1] == '\n') {
        text.length--;
    }
    return text;
}

static bool is_canonical(struct avo_slice pem, const struct avo_certs *certs) {
    BIO *bio = BIO_new(BIO_s_mem());
    bool written = bio != NULL;
    for (uint32_t i = 0; written && i < certs->count; i++) {
        written = PEM_write_bio_X509(bio, certs->cert[i]) == 1;
    }
    char *text = NULL;
    long length = written ? BIO_get_mem_data(bio, &text) : 0;
    bool equal = length > 0 && avo_slice_equal(trim_end(pem), trim_end(avo_slice(text, (size_t)length)));
    BIO_free(bio);
    return equal;
}

enum avo_error avo_certs_from_canonical_pem(struct avo_slice pem, const char *what, struct avo_certs *certs,
                                            struct avo_reason *reason) {
    enum avo_error error = avo_certs_from_pem(pem, what, certs, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (!is_canonical(pem, certs)) {
        avo_certs_free(certs);
        return avo_reason_set(reason, AVO_EFORMAT,
                              "%s: the PEM text is not the canonical encoding of its certificates; it was "
                              "altered, get the evidence again",
                              what);
    }
    return AVO_OK;
}
