/* Ed25519 signatures by the CAS, each kind under its own label, so that one can never stand for another [V1]. */
#ifndef AVO_VIEW_SIGNATURE_H
#define AVO_VIEW_SIGNATURE_H

#include "base/bytes.h"
#include "base/limits.h"
#include <avocado/error.h>

/* The most bytes that may be signed, and the longest label. */
#define AVO_SIGNED_MAX_BYTES 2048
#define AVO_SIGNATURE_LABEL_MAX_BYTES 32

/* Signs label || bytes (libsodium's 64-byte secret key). */
void avo_signature_make(uint8_t signature[AVO_SIGNATURE_BYTES], const char *label, struct avo_slice bytes,
                        const uint8_t sign_secret[64]);
/* AVO_EAUTH unless `signature` is one over label || bytes; AVO_EFORMAT beyond AVO_SIGNED_MAX_BYTES. */
AVO_MUST_USE enum avo_error avo_signature_check(const uint8_t signature[AVO_SIGNATURE_BYTES], const char *label,
                                                struct avo_slice bytes, const uint8_t sign_public[AVO_PUBLIC_KEY_BYTES]);
/* Splits signed bytes, checks the signature that ends them, and sets *bytes to what stands before it. */
AVO_MUST_USE enum avo_error avo_signature_open(struct avo_slice signed_bytes, const char *label,
                                               const uint8_t sign_public[AVO_PUBLIC_KEY_BYTES], struct avo_slice *bytes);

#endif
