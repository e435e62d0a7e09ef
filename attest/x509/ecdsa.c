#include "attest/x509/ecdsa.h"
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

/* The DER form that OpenSSL wants; owned, NULL when it cannot be built. */
static unsigned char *to_der(struct avo_slice signature, int *length) {
    int half = (int)(signature.length / 2);
    ECDSA_SIG *parsed = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, half, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + half, half, NULL);
    unsigned char *der = NULL;
    if (parsed == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(parsed, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else {
        *length = i2d_ECDSA_SIG(parsed, &der);
    }
    ECDSA_SIG_free(parsed);
    return der;
}

bool avo_ecdsa_verify(EVP_PKEY *key, struct avo_slice signature, struct avo_slice bytes) {
    if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) {
        return false;
    }
    int bits = EVP_PKEY_get_bits(key);
    const EVP_MD *digest = bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : NULL;
    if (digest == NULL || signature.length != (size_t)bits / 4) {
        return false;
    }
    int length = 0;
    unsigned char *der = to_der(signature, &length);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool verified = der != NULL && context != NULL && EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
                    EVP_DigestVerify(context, der, (size_t)length, bytes.data, bytes.length) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    ERR_clear_error();
    return verified;
}

EVP_PKEY *avo_ecdsa_p256_key(struct avo_slice point) {
    uint8_t encoded[65] = {0x04};
    if (point.length != 64) {
        return NULL;
    }
    memcpy(encoded + 1, point.data, 64);
    char group[] = "prime256v1";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                           OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof encoded),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return key;
}
