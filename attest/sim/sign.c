#include "attest/sim/sign.h"
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

bool avo_sim_set_time(ASN1_TIME *time, int64_t unix_s) {
    return time != NULL && ASN1_TIME_set(time, (time_t)unix_s) != NULL;
}

static bool add_extension(X509 *cert, const char *oid, struct avo_slice content) {
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    bool added = object != NULL && data != NULL && ASN1_OCTET_STRING_set(data, content.data, (int)content.length) == 1 &&
                 (extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, data)) != NULL &&
                 X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(object);
    return added;
}

static bool add_standard(X509 *cert, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool add_extensions(X509 *cert, const struct avo_sim_cert_request *request) {
    bool added = !request->is_ca || (add_standard(cert, NID_basic_constraints, "critical,CA:TRUE") &&
                                     add_standard(cert, NID_key_usage, "critical,keyCertSign,cRLSign"));
    for (size_t i = 0; added && i < AVO_COUNT(request->extension) && request->extension[i].oid != NULL; i++) {
        added = add_extension(cert, request->extension[i].oid, request->extension[i].content);
    }
    return added;
}

static bool set_name(X509_NAME *name, const struct avo_sim_cert_request *request) {
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)request->organization, -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)request->common_name, -1, -1, 0) == 1;
}

static bool set_issuer(X509 *cert, const struct avo_sim_cert_request *request) {
    X509_NAME *issuer = request->issuer == NULL ? X509_get_subject_name(cert) : X509_get_subject_name(request->issuer);
    return X509_set_issuer_name(cert, issuer) == 1;
}

/* A signing context; PSS with SHA-384 and a 48-byte salt where asked for. */
static EVP_MD_CTX *sign_context(EVP_PKEY *key, const EVP_MD *digest, bool rsa_pss) {
    EVP_PKEY_CTX *key_context = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ready = context != NULL && EVP_DigestSignInit(context, &key_context, digest, NULL, key) == 1;
    if (ready && rsa_pss) {
        ready = EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    if (!ready) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    return context;
}

X509 *avo_sim_cert(const struct avo_sim_cert_request *request) {
    X509 *cert = X509_new();
    bool built = cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
                 ASN1_INTEGER_set(X509_get_serialNumber(cert), request->serial) == 1 &&
                 avo_sim_set_time(X509_getm_notBefore(cert), request->from_unix_s) &&
                 avo_sim_set_time(X509_getm_notAfter(cert), request->until_unix_s) &&
                 set_name(X509_get_subject_name(cert), request) && set_issuer(cert, request) &&
                 X509_set_pubkey(cert, request->subject_key) == 1 && add_extensions(cert, request);
    EVP_MD_CTX *context = built ? sign_context(request->issuer_key, request->digest, request->rsa_pss) : NULL;
    built = context != NULL && X509_sign_ctx(cert, context) > 0;
    EVP_MD_CTX_free(context);
    if (!built) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

static bool revoke(X509_CRL *crl, long serial, int64_t when_unix_s) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *date = ASN1_TIME_new();
    bool added = entry != NULL && number != NULL && avo_sim_set_time(date, when_unix_s) && ASN1_INTEGER_set(number, serial) == 1 &&
                 X509_REVOKED_set_serialNumber(entry, number) == 1 && X509_REVOKED_set_revocationDate(entry, date) == 1 &&
                 X509_CRL_add0_revoked(crl, entry) == 1;
    if (!added) {
        X509_REVOKED_free(entry);
    }
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(date);
    return added;
}

static bool set_window(X509_CRL *crl, int64_t from_unix_s, int64_t until_unix_s) {
    ASN1_TIME *from = ASN1_TIME_new();
    ASN1_TIME *until = ASN1_TIME_new();
    bool set = avo_sim_set_time(from, from_unix_s) && avo_sim_set_time(until, until_unix_s) &&
               X509_CRL_set1_lastUpdate(crl, from) == 1 && X509_CRL_set1_nextUpdate(crl, until) == 1;
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return set;
}

/* Both are critical extensions, as RFC 5280 has them. */
static bool set_scope(X509_CRL *crl, const struct avo_sim_crl_request *request) {
    ASN1_INTEGER *base = ASN1_INTEGER_new();
    ISSUING_DIST_POINT *point = ISSUING_DIST_POINT_new();
    bool set = base != NULL && point != NULL && ASN1_INTEGER_set(base, 1) == 1;
    if (set && request->delta) {
        set = X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0) == 1;
    }
    if (set && request->partial) {
        point->onlyuser = 0xFF;
        set = X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, point, 1, 0) == 1;
    }
    ASN1_INTEGER_free(base);
    ISSUING_DIST_POINT_free(point);
    return set;
}

uint8_t *avo_sim_crl(const struct avo_sim_crl_request *request, size_t *length) {
    X509_CRL *crl = X509_CRL_new();
    uint8_t *der = NULL;
    bool built = crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
                 X509_CRL_set_issuer_name(crl, X509_get_subject_name(request->issuer)) == 1 &&
                 set_window(crl, request->from_unix_s, request->until_unix_s) && set_scope(crl, request);
    for (const long *serial = request->revoked; built && *serial >= 0; serial++) {
        built = revoke(crl, *serial, request->from_unix_s);
    }
    EVP_MD_CTX *context = built ? sign_context(request->issuer_key, request->digest, request->rsa_pss) : NULL;
    int written = context != NULL && X509_CRL_sort(crl) == 1 && X509_CRL_sign_ctx(crl, context) > 0 ? i2d_X509_CRL(crl, &der) : 0;
    *length = written > 0 ? (size_t)written : 0;
    EVP_MD_CTX_free(context);
    X509_CRL_free(crl);
    return der;
}

static bool to_raw(const uint8_t *der, size_t length, uint8_t *out, size_t half) {
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)length);
    bool done = parsed != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out, (int)half) == (int)half &&
                BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out + half, (int)half) == (int)half;
    ECDSA_SIG_free(parsed);
    return done;
}

bool avo_sim_sign_raw(EVP_PKEY *key, const EVP_MD *digest, struct avo_slice bytes, uint8_t *out, size_t half) {
    uint8_t der[256];
    size_t length = sizeof der;
    EVP_MD_CTX *context = sign_context(key, digest, false);
    bool done =
        context != NULL && EVP_DigestSign(context, der, &length, bytes.data, bytes.length) == 1 && to_raw(der, length, out, half);
    EVP_MD_CTX_free(context);
    return done;
}

bool avo_sim_point(EVP_PKEY *key, uint8_t out[64]) {
    uint8_t encoded[65];
    size_t length = 0;
    bool read = EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, encoded, sizeof encoded, &length) == 1;
    if (!read || length != sizeof encoded) {
        return false;
    }
    memcpy(out, encoded + 1, 64);
    return true;
}
