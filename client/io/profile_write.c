/* A profile as text, on its way into a file. */
#include "base/assert.h"
#include "base/secret.h"
#include "client/dialog/marked.h"
#include "client/io/endpoint.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include "client/io/profile.h"
#include "client/io/profile_key.h"
#include "client/io/profile_text.h"
#include "protocol/channel/aead.h"
#include <errno.h>
#include <jansson.h>
#include <string.h>

/* A profile while it is made: without memory jansson gives NULL, and a profile that lacks a field must not be written. */
struct making {
    json_t *root;
    bool complete;
};

static void set(struct making *making, const char *field, json_t *value) {
    making->complete &= json_object_set_new(making->root, field, value) == 0;
}

static void set_hex(struct making *making, const char *field, struct avo_slice bytes) {
    char text[2 * AVO_VIEW_MAX_BYTES + 1];
    AVO_ASSERT(bytes.length <= AVO_VIEW_MAX_BYTES);
    avo_hex_write(text, bytes);
    set(making, field, json_string(text));
}

/* NULL: no memory. */
static json_t *to_json(const struct avo_profile *profile) {
    char address[AVO_ENDPOINT_TEXT_BYTES];
    uint8_t pin[AVO_HASH_BYTES];
    struct making making = {json_object(), true};
    set(&making, "avocado_profile", json_integer(AVO_PROFILE_VERSION));
    avo_endpoint_write(address, &profile->cas_address);
    set(&making, "cas_address", json_string(address));
    set_hex(&making, "cas_public_key", AVO_SLICE_OF(profile->cas_public_key));
    set_hex(&making, "cas_signing_key", AVO_SLICE_OF(profile->cas_sign_public));
    set_hex(&making, "cluster_id", AVO_SLICE_OF(profile->cluster_id));
    avo_profile_pin(profile, pin);
    set_hex(&making, "pin", AVO_SLICE_OF(pin));
    set(&making, AVO_PROFILE_KEY_FIELD, json_string(AVO_PROFILE_KEY_NONE)); /* it goes in when this is text */
    set_hex(&making, "ticket", avo_slice(profile->ticket_bytes, profile->ticket_length));
    set_hex(&making, "view", avo_slice(profile->signed_view.bytes, profile->signed_view.length));
    set(&making, "mode", json_string(profile->mode));
    set(&making, "transport", json_string(profile->transport));
    if (avo_aead_warning() != NULL) {
        set(&making, AVO_PROFILE_NATIVE_FIELD, json_true());
    }
    if (!making.complete) {
        json_decref(making.root);
        return NULL;
    }
    return making.root;
}

/* A text in marked memory, with a line end: it holds the secret key. text->data NULL: nothing to give back. */
static bool to_text(const struct avo_profile *profile, struct avo_buffer *text) {
    json_t *root = to_json(profile);
    size_t length = json_dumpb(root, NULL, 0, JSON_INDENT(2));
    *text = (struct avo_buffer){length == 0 ? NULL : avo_marked_take(length + 1), length + 1, length + 1};
    bool made = text->data != NULL && json_dumpb(root, (char *)text->data, length, JSON_INDENT(2)) == length;
    if (made) {
        text->data[length] = '\n';
        made = avo_profile_key_put(text, profile->key.secret);
    }
    json_decref(root);
    return made;
}

enum avo_error avo_profile_save(const char *path, const struct avo_profile *profile, struct avo_why *why) {
    struct avo_buffer text;
    errno = ENOMEM; /* unless the file is the reason */
    bool good = to_text(profile, &text) && avo_file_put(path, 0600, avo_buffer_slice(&text));
    if (!good) {
        avo_why_set(why, "profile %s: cannot be written: %s; check the folder and its free space", path, strerror(errno));
    }
    avo_marked_give(text.data, text.capacity);
    return good ? AVO_OK : AVO_EIO;
}

struct avo_profile *avo_profile_reopen(const struct avo_profile *profile, const struct avo_key_pair *key) {
    struct avo_profile *file = NULL;
    struct avo_why why;
    if (profile->path[0] == '\0' || avo_profile_open(profile->path, &file, &why) != AVO_OK) {
        return NULL;
    }
    bool same = memcmp(file->cluster_id, profile->cluster_id, sizeof file->cluster_id) == 0 &&
                memcmp(file->cas_public_key, profile->cas_public_key, sizeof file->cas_public_key) == 0 &&
                memcmp(file->cas_sign_public, profile->cas_sign_public, sizeof file->cas_sign_public) == 0 &&
                avo_secret_equal(file->key.secret, key->secret, sizeof file->key.secret);
    if (!same) {
        avo_profile_close(file);
        return NULL;
    }
    return file;
}

enum avo_error avo_profile_ticket_save(const struct avo_profile *profile, const struct avo_key_pair *key, struct avo_why *why) {
    struct avo_profile *file = avo_profile_reopen(profile, key);
    if (file == NULL) {
        avo_why_set(why, "profile %s: became another one meanwhile, and is left as it is; look at it, then renew it",
                    profile->path);
        return AVO_ESTALE;
    }
    memcpy(file->ticket_bytes, profile->ticket_bytes, sizeof file->ticket_bytes);
    file->ticket_length = profile->ticket_length;
    enum avo_error error = avo_profile_save(file->path, file, why);
    avo_profile_close(file);
    return error;
}
