/* AES-128-CMAC (RFC 4493, NIST SP 800-38B), by OpenSSL: the MAC of local reports. */
#ifndef AVO_ATTEST_X509_CMAC_H
#define AVO_ATTEST_X509_CMAC_H

#include "base/bytes.h"
#include <avocado/error.h>

#define AVO_CMAC_BYTES 16
#define AVO_CMAC_KEY_BYTES 16

/* AVO_EIO when OpenSSL fails; `mac` is zero then. */
AVO_MUST_USE enum avo_error avo_cmac_aes128(const uint8_t key[AVO_CMAC_KEY_BYTES], struct avo_slice bytes,
                                            uint8_t mac[AVO_CMAC_BYTES]);

#endif
