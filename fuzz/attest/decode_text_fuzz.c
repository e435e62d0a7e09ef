/* Any bytes as text: what is digits becomes the bytes they stand for, what is anything else stays. The same bytes, written as
 * digits, are read back. */
#include "attest/verify/decode.h"
#include "attest/verify/json.h"
#include "base/assert.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of its own, so that every byte beyond what it may touch is seen: one, as a file's reader leaves. */
static enum avo_error decode(struct avo_slice text, struct avo_buffer *out, bool hex_alone) {
    struct avo_reason reason = {""};
    *out = (struct avo_buffer){malloc(text.length + 1), text.length, text.length + 1};
    AVO_ASSERT(out->data != NULL);
    memcpy(out->data, text.data, text.length);
    out->data[text.length] = 0;
    enum avo_error error = hex_alone ? avo_decode_hex_text(out, "input", &reason) : avo_decode_text(out, "input", &reason);
    AVO_ASSERT(error == AVO_OK || (error == AVO_EFORMAT && reason.text[0] != '\0'));
    AVO_ASSERT(error != AVO_OK || out->length <= text.length);
    return error;
}

static void reads_back(const char *text, struct avo_slice bytes) {
    struct avo_buffer out;
    AVO_ASSERT(decode(avo_slice_string(text), &out, false) == AVO_OK);
    AVO_ASSERT(avo_slice_equal(avo_buffer_slice(&out), bytes));
    free(out.data);
}

/* Behind 0x, so that digits of hex alone are no base64; base64 with its own digits in front. */
static void written_as_digits(struct avo_slice bytes) {
    static uint8_t marked[4096];
    static char text[4 * sizeof marked] = "0x";
    if (bytes.length == 0 || bytes.length + 3 > sizeof marked) {
        return;
    }
    avo_hex_encode(bytes, text + 2);
    text[2 + 2 * bytes.length] = 0;
    reads_back(text, bytes);
    memset(marked, 0xff, 3);
    memcpy(marked + 3, bytes.data, bytes.length);
    char encoded[4 * sizeof marked / 3 + 8];
    AVO_ASSERT(EVP_EncodeBlock((uint8_t *)encoded, marked, (int)(3 + bytes.length)) > 0);
    reads_back(encoded, avo_slice(marked, 3 + bytes.length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_buffer out;
    (void)decode(avo_slice(data, size), &out, false);
    free(out.data);
    (void)decode(avo_slice(data, size), &out, true);
    free(out.data);
    written_as_digits(avo_slice(data, size));
    return 0;
}
