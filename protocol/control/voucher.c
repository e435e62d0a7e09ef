#include "protocol/control/voucher.h"
#include "base/assert.h"
#include "base/cursor.h"
#include "protocol/view/signature.h"
#include <sodium.h>

#define LABEL "avocado las voucher v1"
#define LAS_TAG "avocado las v1"
#define SIGNED_BYTES (AVO_VOUCHER_BYTES - AVO_SIGNATURE_BYTES)

void avo_voucher_make(const uint8_t report_body[AVO_REPORT_BODY_BYTES], const uint8_t las_sign_secret[64],
                      uint8_t voucher[AVO_VOUCHER_BYTES]) {
    struct avo_writer writer = avo_writer(voucher, AVO_VOUCHER_BYTES);
    avo_write_bytes(&writer, las_sign_secret + 32, AVO_PUBLIC_KEY_BYTES); /* libsodium: seed, public */
    avo_write_bytes(&writer, report_body, AVO_REPORT_BODY_BYTES);
    AVO_ASSERT(!writer.failed && writer.length == SIGNED_BYTES);
    avo_signature_make(voucher + writer.length, LABEL, avo_writer_slice(&writer), las_sign_secret);
}

enum avo_error avo_voucher_read(struct avo_slice bytes, struct avo_voucher *voucher) {
    struct avo_reader reader = avo_reader(bytes);
    avo_read_bytes(&reader, voucher->las_sign_public, sizeof voucher->las_sign_public);
    voucher->report_body = avo_read_slice(&reader, AVO_REPORT_BODY_BYTES);
    (void)avo_read_slice(&reader, AVO_SIGNATURE_BYTES);
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}

enum avo_error avo_voucher_check(struct avo_slice bytes) {
    struct avo_voucher voucher;
    struct avo_slice signed_part;
    enum avo_error error = avo_voucher_read(bytes, &voucher);
    return error != AVO_OK ? error : avo_signature_open(bytes, LABEL, voucher.las_sign_public, &signed_part);
}

void avo_las_hash(const uint8_t las_sign_public[AVO_PUBLIC_KEY_BYTES], uint8_t hash[AVO_HASH_BYTES]) {
    uint8_t bytes[sizeof LAS_TAG - 1 + AVO_PUBLIC_KEY_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_slice(&writer, avo_slice_string(LAS_TAG));
    avo_write_bytes(&writer, las_sign_public, AVO_PUBLIC_KEY_BYTES);
    AVO_ASSERT(!writer.failed && writer.length == sizeof bytes);
    crypto_hash_sha256(hash, bytes, sizeof bytes);
}
