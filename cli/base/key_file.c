#include "cli/base/key_file.h"
#include "base/secret.h"
#include "cli/base/cli.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC_KEY_FILE_MAX_BYTES 80

static bool take(const char *path, struct avo_key_pair *key, struct avo_why *why) {
    struct avo_buffer secret;
    if (!avo_file_take(path, sizeof key->secret, &secret)) {
        avo_why_set(why, "%s: %s; run avocado policy init first, or name its folder with --dir", path, strerror(errno));
        return false;
    }
    bool good = secret.length == sizeof key->secret;
    errno = 0; /* it is there, and must not be made anew */
    if (good) {
        memcpy(key->secret, secret.data, sizeof key->secret);
        good = crypto_scalarmult_base(key->public, key->secret) == 0;
    }
    avo_secret_wipe(secret.data, secret.length);
    free(secret.data);
    if (!good) {
        avo_why_set(why, "%s: is no key of 32 bytes; restore it from your copy", path);
        errno = EINVAL; /* it is there: who makes missing keys leaves it alone */
    }
    return good;
}

bool avo_key_file_open(const char *dir, const char *name, struct avo_random *random, struct avo_key_pair *key,
                       struct avo_why *why) {
    char path[AVO_PATH_BYTES];
    avo_why_set(why, "--dir %.60s...: the path is too long; choose a shorter one", dir);
    if (!avo_cli_path(path, dir, name)) {
        return false;
    }
    if (take(path, key, why)) {
        return true;
    }
    if (random == NULL || errno != ENOENT) {
        return false;
    }
    avo_key_pair_make(key, random);
    if (!avo_file_put(path, 0600, avo_slice(key->secret, sizeof key->secret))) {
        avo_why_set(why, "%s: %s; choose another --dir", path, strerror(errno));
        return false;
    }
    return true;
}

bool avo_key_file_load(const char *path, struct avo_key_pair *key, struct avo_why *why) {
    return take(path, key, why);
}

/* The same moment makes the file and finds that none was there. */
bool avo_key_file_make(const char *path, struct avo_random *random, struct avo_key_pair *key, struct avo_why *why) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        avo_why_set(why, "%s: %s; %s", path, strerror(errno),
                    errno == EEXIST ? "no key is written over: name another file, or use this one"
                                    : "name a file in a folder of yours");
        return false;
    }
    avo_key_pair_make(key, random);
    bool good = avo_file_write_all(fd, avo_slice(key->secret, sizeof key->secret)) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (!good) {
        avo_why_set(why, "%s: %s; free space, or name another file", path, strerror(errno));
        (void)unlink(path);
    }
    return good;
}

bool avo_public_key_read(const char *given, uint8_t key[AVO_PUBLIC_KEY_BYTES], struct avo_why *why) {
    struct avo_buffer text;
    struct avo_buffer read = {.data = key, .capacity = AVO_PUBLIC_KEY_BYTES};
    if (avo_hex_read(given, &read) && read.length == read.capacity) {
        return true;
    }
    if (!avo_file_take(given, PUBLIC_KEY_FILE_MAX_BYTES, &text)) {
        avo_why_set(why, "not 64 hex digits, and as a file: %s", strerror(errno));
        return false;
    }
    text.data[strcspn((const char *)text.data, "\r\n")] = '\0';
    read.length = 0;
    bool good = avo_hex_read((const char *)text.data, &read) && read.length == read.capacity;
    free(text.data);
    if (!good) {
        avo_why_set(why, "neither is 64 hex digits nor holds them");
    }
    return good;
}
