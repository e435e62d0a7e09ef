#include "protocol/view/signature.h"
#include "base/assert.h"
#include "base/cursor.h"
#include <sodium.h>

/* label || bytes, in one piece: plain Ed25519 hashes its message twice, so it cannot be fed in parts. */
struct labelled {
    uint8_t data[AVO_SIGNATURE_LABEL_MAX_BYTES + AVO_SIGNED_MAX_BYTES];
    size_t length;
};

static bool join(struct labelled *labelled, const char *label, struct avo_slice bytes) {
    struct avo_slice prefix = avo_slice_string(label);
    AVO_ASSERT(prefix.length <= AVO_SIGNATURE_LABEL_MAX_BYTES);
    if (bytes.length > AVO_SIGNED_MAX_BYTES) {
        return false;
    }
    struct avo_writer writer = avo_writer(labelled->data, sizeof labelled->data);
    avo_write_slice(&writer, prefix);
    avo_write_slice(&writer, bytes);
    labelled->length = writer.length;
    return true;
}

void avo_signature_make(uint8_t signature[AVO_SIGNATURE_BYTES], const char *label, struct avo_slice bytes,
                        const uint8_t sign_secret[64]) {
    struct labelled labelled;
    bool fits = join(&labelled, label, bytes);
    AVO_ASSERT(fits);
    crypto_sign_ed25519_detached(signature, NULL, labelled.data, labelled.length, sign_secret);
}

enum avo_error avo_signature_check(const uint8_t signature[AVO_SIGNATURE_BYTES], const char *label, struct avo_slice bytes,
                                   const uint8_t sign_public[AVO_PUBLIC_KEY_BYTES]) {
    struct labelled labelled;
    if (!join(&labelled, label, bytes)) {
        return AVO_EFORMAT;
    }
    bool valid = crypto_sign_ed25519_verify_detached(signature, labelled.data, labelled.length, sign_public) == 0;
    return valid ? AVO_OK : AVO_EAUTH;
}

enum avo_error avo_signature_open(struct avo_slice signed_bytes, const char *label, const uint8_t sign_public[AVO_PUBLIC_KEY_BYTES],
                                  struct avo_slice *bytes) {
    if (signed_bytes.length < AVO_SIGNATURE_BYTES) {
        return AVO_EFORMAT;
    }
    struct avo_reader reader = avo_reader(signed_bytes);
    *bytes = avo_read_slice(&reader, signed_bytes.length - AVO_SIGNATURE_BYTES);
    struct avo_slice signature = avo_read_slice(&reader, AVO_SIGNATURE_BYTES);
    return avo_signature_check(signature.data, label, *bytes, sign_public);
}
