/* A voucher: what a LAS says of a program beside it [DESIGN 11.3]. Not secret; anybody may carry it.
 *
 * Bytes: the LAS's Ed25519 key 32, the program's SGX report body 384 (the LAS checked its MAC: this CPU said it of a program that
 * runs now), signature 64 by that key over "avocado las voucher v1" || the 416 bytes before. The body's report data binds the
 * voucher to one connection of one program with one CAS (binding.h), so a voucher that is relayed or replayed is worth nothing.
 * Only the CAS can say whether the key is that of a LAS to be believed: it verified the LAS itself.
 */
#ifndef AVO_CONTROL_VOUCHER_H
#define AVO_CONTROL_VOUCHER_H

#include "base/bytes.h"
#include "base/limits.h"
#include <avocado/error.h>

#define AVO_REPORT_BODY_BYTES 384 /* an SGX report body (attest/verify/evidence.h) */
#define AVO_VOUCHER_BYTES (AVO_PUBLIC_KEY_BYTES + AVO_REPORT_BODY_BYTES + AVO_SIGNATURE_BYTES)

struct avo_voucher {
    uint8_t las_sign_public[AVO_PUBLIC_KEY_BYTES];
    struct avo_slice report_body; /* borrowed */
};

/* Only a LAS calls it, only for a body whose MAC verified. */
void avo_voucher_make(const uint8_t report_body[AVO_REPORT_BODY_BYTES], const uint8_t las_sign_secret[64],
                      uint8_t voucher[AVO_VOUCHER_BYTES]);

/* Whose it claims to be. AVO_EFORMAT unless `bytes` are one voucher; nothing in it is to be believed yet. */
AVO_MUST_USE enum avo_error avo_voucher_read(struct avo_slice bytes, struct avo_voucher *voucher);
/* AVO_EAUTH unless the key named in it signed it; AVO_EFORMAT as above. */
AVO_MUST_USE enum avo_error avo_voucher_check(struct avo_slice bytes);

/* SHA-256("avocado las v1" || key): the name of a LAS in views and logs. Another start is another name. */
void avo_las_hash(const uint8_t las_sign_public[AVO_PUBLIC_KEY_BYTES], uint8_t hash[AVO_HASH_BYTES]);

#endif
