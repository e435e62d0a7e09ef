#include "attest/x509/cert.h"
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <time.h>

X509 *avo_cert_from_der(struct avo_slice der) {
    const unsigned char *at = der.data;
    if (der.length == 0 || der.length > LONG_MAX) {
        return NULL;
    }
    X509 *cert = d2i_X509(NULL, &at, (long)der.length);
    if (cert != NULL && at != der.data + der.length) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

bool avo_cert_is_self_issued(X509 *cert) {
    return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
}

bool avo_name_equal(const X509_NAME *a, const X509_NAME *b) {
    const unsigned char *a_der = NULL;
    const unsigned char *b_der = NULL;
    size_t a_length = 0;
    size_t b_length = 0;
    return X509_NAME_get0_der(a, &a_der, &a_length) == 1 && X509_NAME_get0_der(b, &b_der, &b_length) == 1 &&
           avo_slice_equal(avo_slice(a_der, a_length), avo_slice(b_der, b_length));
}

void avo_cert_common_name(X509 *cert, char *out, size_t capacity) {
    avo_name_common(X509_get_subject_name(cert), out, capacity);
}

void avo_name_common(X509_NAME *name, char *out, size_t capacity) {
    if (X509_NAME_get_text_by_NID(name, NID_commonName, out, (int)capacity) < 0) {
        out[0] = '\0';
    }
    for (char *at = out; *at != '\0'; at++) {
        *at = *at >= ' ' && *at <= '~' ? *at : '?'; /* it ends on terminals */
    }
}

bool avo_cert_key_hash(X509 *cert, uint8_t out[48]) {
    unsigned char *der = NULL;
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    bool hashed = length > 0 && EVP_Digest(der, (size_t)length, out, NULL, EVP_sha384(), NULL) == 1;
    OPENSSL_free(der);
    return hashed;
}

EVP_PKEY *avo_cert_key(X509 *cert) {
    return X509_get0_pubkey(cert);
}

bool avo_cert_extension(X509 *cert, const char *oid, struct avo_slice *content) {
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int at = object == NULL ? -1 : X509_get_ext_by_OBJ(cert, object, -1);
    bool once = at >= 0 && X509_get_ext_by_OBJ(cert, object, at) < 0;
    ASN1_OBJECT_free(object);
    if (!once) {
        return false;
    }
    const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(X509_get_ext(cert, at));
    *content = avo_slice(ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data));
    return true;
}

bool avo_cert_has_extension(X509 *cert, const char *oid) {
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    bool found = object != NULL && X509_get_ext_by_OBJ(cert, object, -1) >= 0;
    ASN1_OBJECT_free(object);
    return found;
}

bool avo_asn1_time(const ASN1_TIME *time, int64_t *unix_s) {
    struct tm date = {0};
    if (time == NULL || ASN1_TIME_to_tm(time, &date) != 1) {
        return false;
    }
    *unix_s = timegm(&date);
    return true;
}
