#include "attest/x509/cmac.h"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

enum avo_error avo_cmac_aes128(const uint8_t key[AVO_CMAC_KEY_BYTES], struct avo_slice bytes, uint8_t mac[AVO_CMAC_BYTES]) {
    char cipher[] = "AES-128-CBC";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0), OSSL_PARAM_construct_end()};
    size_t length = 0;
    memset(mac, 0, AVO_CMAC_BYTES);
    EVP_MAC *method = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_CMAC, NULL);
    EVP_MAC_CTX *context = method == NULL ? NULL : EVP_MAC_CTX_new(method);
    bool made = context != NULL && EVP_MAC_init(context, key, AVO_CMAC_KEY_BYTES, params) == 1 &&
                EVP_MAC_update(context, bytes.data, bytes.length) == 1 &&
                EVP_MAC_final(context, mac, &length, AVO_CMAC_BYTES) == 1 && length == AVO_CMAC_BYTES;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(method);
    ERR_clear_error();
    if (!made) {
        memset(mac, 0, AVO_CMAC_BYTES);
    }
    return made ? AVO_OK : AVO_EIO;
}
