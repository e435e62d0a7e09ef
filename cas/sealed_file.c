#include "cas/sealed_file.h"
#include "base/assert.h"
#include "base/secret.h"
#include "daemon/file.h"
#include "protocol/channel/hkdf.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "avocado cas state 1\n"
#define MAGIC_BYTES (sizeof MAGIC - 1)
#define SALT_BYTES 32
#define INFO "avocado cas state v1"

_Static_assert(MAGIC_BYTES + SALT_BYTES == AVO_SEALED_HEADER_BYTES, "the header is magic and salt");

static void derive(const struct avo_seal *seal, const uint8_t *salt, struct avo_aead_key *key) {
    uint8_t prk[AVO_HKDF_HASH_BYTES];
    uint8_t bytes[AVO_AEAD_KEY_BYTES];
    avo_hkdf_extract(prk, avo_slice(salt, SALT_BYTES), avo_slice(seal->key, 32));
    avo_hkdf_expand(bytes, sizeof bytes, prk, avo_slice_string(INFO));
    avo_aead_key_set(seal->aead, key, bytes);
    avo_secret_wipe(prk, sizeof prk);
    avo_secret_wipe(bytes, sizeof bytes);
}

enum avo_error avo_sealed_file_write(const struct avo_seal *seal, const char *path, struct avo_slice state,
                                     struct avo_buffer *scratch) {
    AVO_ASSERT(scratch->capacity >= state.length + AVO_SEALED_OVERHEAD_BYTES);
    uint8_t nonce[AVO_NONCE_BYTES];
    uint8_t *salt = scratch->data + MAGIC_BYTES;
    uint8_t *body = scratch->data + AVO_SEALED_HEADER_BYTES;
    struct avo_aead_key key;
    memcpy(scratch->data, MAGIC, MAGIC_BYTES);
    avo_random_fill(seal->random, salt, SALT_BYTES);
    avo_copy(body, state.length, state);
    derive(seal, salt, &key);
    avo_aead_nonce(nonce, 0);
    avo_aead_seal(seal->aead, &key, nonce, avo_slice(scratch->data, AVO_SEALED_HEADER_BYTES), body, state.length,
                  body + state.length);
    avo_secret_wipe(&key, sizeof key);
    scratch->length = state.length + AVO_SEALED_OVERHEAD_BYTES;
    return avo_file_replace(path, 0600, avo_buffer_slice(scratch));
}

/* The whole file into `to`; AVO_ETOOBIG when it does not fit. */
static enum avo_error read_file(const char *path, struct avo_buffer *to) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? AVO_ENOTFOUND : AVO_EIO;
    }
    enum avo_error error = AVO_OK;
    to->length = 0;
    for (ssize_t got = 1; got > 0 && error == AVO_OK;) {
        got = to->length < to->capacity ? read(fd, to->data + to->length, to->capacity - to->length) : 0;
        if (got < 0 && errno == EINTR) {
            got = 1;
        } else if (got < 0) {
            error = AVO_EIO;
        } else {
            to->length += (size_t)got;
        }
    }
    (void)close(fd);
    return error == AVO_OK && to->length == to->capacity ? AVO_ETOOBIG : error;
}

enum avo_error avo_sealed_file_read(const struct avo_seal *seal, const char *path, struct avo_buffer *state) {
    enum avo_error error = read_file(path, state);
    if (error != AVO_OK) {
        return error;
    }
    if (state->length < AVO_SEALED_OVERHEAD_BYTES || memcmp(state->data, MAGIC, MAGIC_BYTES) != 0) {
        return AVO_EFORMAT;
    }
    struct avo_aead_key key;
    uint8_t nonce[AVO_NONCE_BYTES];
    uint8_t *body = state->data + AVO_SEALED_HEADER_BYTES;
    size_t length = state->length - AVO_SEALED_OVERHEAD_BYTES;
    derive(seal, state->data + MAGIC_BYTES, &key);
    avo_aead_nonce(nonce, 0);
    error = avo_aead_open(seal->aead, &key, nonce, avo_slice(state->data, AVO_SEALED_HEADER_BYTES), body, length, body + length);
    avo_secret_wipe(&key, sizeof key);
    if (error == AVO_OK) {
        memmove(state->data, body, length);
        state->length = length;
    }
    return error;
}
