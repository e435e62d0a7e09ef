#include "client/io/profile.h"
#include "client/dialog/marked.h"
#include "client/io/access.h"
#include "client/io/endpoint.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include "client/io/profile_key.h"
#include "client/io/profile_text.h"
#include "protocol/channel/aead.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STACK_USED_BYTES 16384
#define PIN_LABEL "avocado profile v1"
#define GET_A_NEW_ONE "get a new profile from the cluster's owner (under --dir it is client.profile)"

void avo_why_set(struct avo_why *why, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
}

void avo_profile_pin(const struct avo_profile *profile, uint8_t pin[AVO_HASH_BYTES]) {
    crypto_hash_sha256_state state;
    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, (const uint8_t *)PIN_LABEL, sizeof PIN_LABEL - 1);
    (void)crypto_hash_sha256_update(&state, profile->cas_public_key, sizeof profile->cas_public_key);
    (void)crypto_hash_sha256_update(&state, profile->cas_sign_public, sizeof profile->cas_sign_public);
    (void)crypto_hash_sha256_update(&state, profile->cluster_id, sizeof profile->cluster_id);
    (void)crypto_hash_sha256_final(&state, pin);
}

/* A profile while it is read: the first thing that is wrong stays. */
struct reading {
    json_t *root;
    const char *name;
    struct avo_why *why;
    bool failed;
};

static void fail(struct reading *reading, const char *field, const char *what) {
    if (!reading->failed) {
        avo_why_set(reading->why, "profile %s: %s: %s; " GET_A_NEW_ONE, reading->name, field, what);
    }
    reading->failed = true;
}

static const char *read_text(struct reading *reading, const char *field) {
    const char *text = json_string_value(json_object_get(reading->root, field));
    if (text == NULL) {
        fail(reading, field, "is missing");
        return "";
    }
    return text;
}

static size_t read_hex(struct reading *reading, const char *field, uint8_t *to, size_t min_bytes, size_t max_bytes) {
    struct avo_buffer bytes = {.data = to, .capacity = max_bytes};
    if (!avo_hex_read(read_text(reading, field), &bytes) || bytes.length < min_bytes) {
        fail(reading, field, "is not the hexadecimal text of its length");
    }
    return bytes.length;
}

static void read_word(struct reading *reading, const char *field, char to[AVO_PROFILE_WORD_BYTES]) {
    const char *text = read_text(reading, field);
    if (text[0] == '\0' || strlen(text) >= AVO_PROFILE_WORD_BYTES) {
        fail(reading, field, "is no word we know");
        return;
    }
    memcpy(to, text, strlen(text) + 1);
}

/* A normal client has nothing to say to a cluster that seals nothing, nor the other way round. */
static void check_native(struct reading *reading) {
    bool native = json_is_true(json_object_get(reading->root, AVO_PROFILE_NATIVE_FIELD));
    if (native != (avo_aead_warning() != NULL)) {
        fail(reading, AVO_PROFILE_NATIVE_FIELD,
             native ? "this cluster is one half of bench --native and seals nothing, so this program does not talk to it"
                    : "this program is one half of bench --native and talks to native clusters only");
    }
}

/* The key was taken out of the text before; what was read must be the place that it left. */
static void check_key(struct reading *reading, bool taken) {
    if (!taken || strcmp(read_text(reading, AVO_PROFILE_KEY_FIELD), AVO_PROFILE_KEY_NONE) != 0) {
        fail(reading, AVO_PROFILE_KEY_FIELD, "is not there once, as 64 hexadecimal digits");
    }
}

static void read_fields(struct reading *reading, struct avo_profile *profile, uint8_t pin[AVO_HASH_BYTES]) {
    json_int_t version = json_integer_value(json_object_get(reading->root, "avocado_profile"));
    if (version != AVO_PROFILE_VERSION) {
        fail(reading, "avocado_profile",
             version > AVO_PROFILE_VERSION ? "was written by a newer build than this one: use that build"
                                           : "is of an older build than this one reads");
    }
    if (!avo_endpoint_read(read_text(reading, "cas_address"), &profile->cas_address)) {
        fail(reading, "cas_address", "is not an IP:PORT");
    }
    check_native(reading);
    (void)read_hex(reading, "cas_public_key", profile->cas_public_key, AVO_PUBLIC_KEY_BYTES, AVO_PUBLIC_KEY_BYTES);
    (void)read_hex(reading, "cas_signing_key", profile->cas_sign_public, AVO_PUBLIC_KEY_BYTES, AVO_PUBLIC_KEY_BYTES);
    (void)read_hex(reading, "cluster_id", profile->cluster_id, AVO_CLUSTER_ID_BYTES, AVO_CLUSTER_ID_BYTES);
    (void)read_hex(reading, "pin", pin, AVO_HASH_BYTES, AVO_HASH_BYTES);
    profile->ticket_length = read_hex(reading, "ticket", profile->ticket_bytes, 1, sizeof profile->ticket_bytes);
    profile->signed_view.length = read_hex(reading, "view", profile->signed_view.bytes, 1, sizeof profile->signed_view.bytes);
    read_word(reading, "mode", profile->mode);
    read_word(reading, "transport", profile->transport);
}

static enum avo_error check_signed(struct reading *reading, struct avo_profile *profile, const uint8_t pin[AVO_HASH_BYTES]) {
    uint8_t expected[AVO_HASH_BYTES];
    avo_profile_pin(profile, expected);
    if (memcmp(pin, expected, sizeof expected) != 0) {
        fail(reading, "pin", "does not match the CAS keys and the cluster id: one of them was altered");
        return AVO_EAUTH;
    }
    struct avo_slice view = avo_slice(profile->signed_view.bytes, profile->signed_view.length);
    if (avo_view_verify(view, profile->cas_sign_public, &profile->view) != AVO_OK) {
        fail(reading, "view", "is not signed by the pinned CAS key");
        return AVO_EAUTH;
    }
    struct avo_slice ticket = avo_slice(profile->ticket_bytes, profile->ticket_length);
    if (avo_ticket_verify(ticket, profile->cas_sign_public, &profile->ticket) != AVO_OK) {
        fail(reading, "ticket", "is not signed by the pinned CAS key");
        return AVO_EAUTH;
    }
    return AVO_OK;
}

static enum avo_error check_together(struct reading *reading, struct avo_profile *profile) {
    if (crypto_scalarmult_base(profile->key.public, profile->key.secret) != 0 ||
        memcmp(profile->key.public, profile->ticket.public_key, AVO_PUBLIC_KEY_BYTES) != 0) {
        fail(reading, "ticket", "was issued for another client_secret_key");
        return AVO_EDENIED;
    }
    if (memcmp(profile->view.cluster_id, profile->cluster_id, AVO_CLUSTER_ID_BYTES) != 0) {
        fail(reading, "view", "is of another cluster than the pinned one");
        return AVO_EDENIED;
    }
    if (memcmp(profile->ticket.cluster_id, profile->cluster_id, AVO_CLUSTER_ID_BYTES) != 0) {
        fail(reading, "ticket", "is for another cluster than the pinned one");
        return AVO_EDENIED;
    }
    return AVO_OK;
}

/* `text` holds the secret key, which goes from there into `profile` and nowhere else. */
static enum avo_error parse(struct avo_buffer *text, const char *name, struct avo_profile *profile, struct avo_why *why) {
    json_error_t where;
    uint8_t pin[AVO_HASH_BYTES];
    memset(profile, 0, sizeof *profile);
    struct reading reading = {.name = name, .why = why};
    bool taken = avo_profile_key_take(text, profile->key.secret);
    reading.root = json_loadb((const char *)text->data, text->length, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(reading.root)) {
        avo_why_set(why, "profile %s: line %d: is not a profile (JSON): %.100s; " GET_A_NEW_ONE, name,
                    reading.root == NULL ? where.line : 1, reading.root == NULL ? where.text : "no object");
        json_decref(reading.root);
        return AVO_EFORMAT;
    }
    check_key(&reading, taken);
    read_fields(&reading, profile, pin);
    enum avo_error error = reading.failed ? AVO_EFORMAT : check_signed(&reading, profile, pin);
    if (error == AVO_OK) {
        error = check_together(&reading, profile);
    }
    json_decref(reading.root);
    sodium_stackzero(STACK_USED_BYTES); /* the key's multiplication leaves parts of it there */
    return error;
}

enum avo_error avo_profile_read(struct avo_slice text, const char *name, struct avo_profile *profile, struct avo_why *why) {
    size_t bytes = text.length + 1; /* never none */
    struct avo_buffer copy = {avo_marked_take(bytes), text.length, bytes};
    if (copy.data == NULL) {
        avo_why_set(why, "profile %s: %s; free some memory", name, strerror(errno));
        return AVO_EIO;
    }
    avo_copy(copy.data, copy.capacity, text);
    enum avo_error error = parse(&copy, name, profile, why);
    avo_marked_give(copy.data, copy.capacity);
    return error;
}

/* Whom to trust stands in it: what others can change says nothing. */
static enum avo_error access_check(int fd, const char *path, bool *others_read, struct avo_why *why) {
    struct avo_access access;
    if (avo_access_look(fd, path, &access) != AVO_OK) {
        avo_why_set(why, "profile %s: cannot see who may change it: %s; keep it in a folder of yours", path, strerror(errno));
        return AVO_EIO;
    }
    *others_read = access.others_read;
    if (access.others_write[0] != '\0') {
        avo_why_set(why, "profile %s: %s, so it may not be yours; let only yourself write there (chmod go-w), then compare its pin",
                    path, access.others_write);
        return AVO_EAUTH;
    }
    return AVO_OK;
}

/* The file itself, wherever links and later changes of the folder lead; and only this user's: a rename would make it this user's.
 */
static void path_note(int fd, const char *path, struct avo_profile *profile) {
    struct stat info;
    char whole[PATH_MAX];
    bool own = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() && realpath(path, whole) != NULL;
    (void)snprintf(profile->path, sizeof profile->path, "%s", own ? whole : "");
}

enum avo_error avo_profile_load(const char *path, struct avo_profile *profile, struct avo_why *why) {
    static const char next[] = "start a cluster with `avocado up`, or name a profile with --dir or --profile";
    enum avo_error error = AVO_EIO;
    struct avo_buffer text = {avo_marked_take(AVO_PROFILE_MAX_BYTES), 0, AVO_PROFILE_MAX_BYTES};
    int fd = text.data == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !avo_file_read_all(fd, &text)) {
        avo_why_set(why, "profile %s: %s; %s", path, strerror(errno), next);
    } else {
        bool others_read = false;
        error = access_check(fd, path, &others_read, why);
        error = error != AVO_OK ? error : parse(&text, path, profile, why);
        profile->others_read = others_read;
        path_note(fd, path, profile);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    avo_marked_give(text.data, text.capacity);
    return error;
}

enum avo_error avo_profile_open(const char *path, struct avo_profile **profile, struct avo_why *why) {
    *profile = NULL;
    struct avo_profile *made = avo_marked_take(sizeof *made);
    if (made == NULL) {
        avo_why_set(why, "profile %s: %s; free some memory", path, strerror(errno));
        return AVO_EIO;
    }
    enum avo_error error = avo_profile_load(path, made, why);
    if (error != AVO_OK) {
        avo_profile_close(made);
        return error;
    }
    *profile = made;
    return AVO_OK;
}

void avo_profile_close(struct avo_profile *profile) {
    avo_marked_give(profile, sizeof *profile);
}

void avo_profile_notice(const struct avo_profile *profile, const char *path, struct avo_why *why) {
    avo_why_set(why, "%s", "");
    if (profile->others_read) {
        avo_why_set(why, "profile %s: others can read the secret key in it; chmod 600 it, and get a new key if they may have",
                    path);
    }
}
