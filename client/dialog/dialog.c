#include "client/dialog/dialog.h"
#include "base/secret.h"
#include <string.h>

enum avo_error avo_dialog_start(struct avo_dialog *dialog, const struct avo_aead *aead, struct avo_random *random,
                                const struct avo_key_pair *own_key, const uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES],
                                struct avo_buffer *out) {
    memset(dialog, 0, sizeof *dialog);
    dialog->random = random;
    dialog->own_key = *own_key;
    memcpy(dialog->cas_public_key, cas_public_key, AVO_PUBLIC_KEY_BYTES);
    avo_secure_stream_initiate(&dialog->stream, aead, own_key, cas_public_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
    return avo_secure_stream_start(&dialog->stream, random, out);
}

static enum avo_error take_greeting(struct avo_dialog *dialog, struct avo_slice *message) {
    struct avo_hello hello;
    enum avo_error error = avo_hello_read(*message, &hello);
    if (error == AVO_OK) {
        memcpy(dialog->cas_sign_public, hello.cas_sign_public, sizeof dialog->cas_sign_public);
        dialog->greeted = true;
        *message = AVO_SLICE_EMPTY;
    }
    return error;
}

enum avo_error avo_dialog_read(struct avo_dialog *dialog, struct avo_slice *in, struct avo_buffer *out, struct avo_slice *reply) {
    *reply = AVO_SLICE_EMPTY;
    while (in->length > 0 && reply->length == 0) {
        enum avo_error error = avo_secure_stream_read(&dialog->stream, dialog->random, in, out, reply);
        if (error == AVO_OK && reply->length > 0 && !dialog->greeted) {
            error = take_greeting(dialog, reply);
        }
        if (error != AVO_OK) {
            return error;
        }
    }
    return AVO_OK;
}

void avo_dialog_wipe(struct avo_dialog *dialog) {
    avo_secure_stream_wipe(&dialog->stream);
    avo_secret_wipe(dialog, sizeof *dialog);
}
