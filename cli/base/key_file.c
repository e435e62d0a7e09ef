#include "cli/base/key_file.h"
#include "base/secret.h"
#include "cli/base/cli.h"
#include "client/io/access.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC_KEY_FILE_MAX_BYTES 80

/* A key that others can put there is not the user's; one that they can read is said so, once. */
static bool access_check(int fd, const char *path, struct avo_why *why) {
    struct avo_access access;
    if (avo_access_look(fd, path, &access) != AVO_OK) {
        avo_why_set(why, "%s: cannot see who may change it: %s; keep it in a folder of yours", path, strerror(errno));
        return false;
    }
    if (access.others_write[0] != '\0') {
        avo_why_set(why, "%s: %s, so it may not be yours; let only yourself write there (chmod go-w)", path, access.others_write);
        return false;
    }
    if (access.others_read) {
        avo_cli_say("%s: others can read this secret key; chmod 600 it, and make a new key if they may have", path);
    }
    return true;
}

static bool read_key(int fd, const char *path, struct avo_key_pair *key, struct avo_why *why) {
    uint8_t bytes[sizeof key->secret + 1]; /* one more would be seen */
    struct avo_buffer secret = {bytes, 0, sizeof bytes};
    bool good = avo_file_read_all(fd, &secret) && secret.length == sizeof key->secret;
    if (good) {
        memcpy(key->secret, bytes, sizeof key->secret);
        good = crypto_scalarmult_base(key->public, key->secret) == 0;
    }
    avo_secret_wipe(bytes, sizeof bytes);
    if (!good) {
        avo_why_set(why, "%s: is no key of 32 bytes; restore it from your copy", path);
    }
    return good;
}

/* *absent: there is none. */
static bool take(const char *path, struct avo_key_pair *key, bool *absent, struct avo_why *why) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *absent = fd < 0 && errno == ENOENT;
    if (fd < 0) {
        avo_why_set(why, "%s: %s; make one with avocado key new or policy init, or name its folder with --dir", path,
                    strerror(errno));
        return false;
    }
    bool good = access_check(fd, path, why) && read_key(fd, path, key, why);
    (void)close(fd);
    return good;
}

bool avo_key_file_open(const char *dir, const char *name, struct avo_random *random, struct avo_key_pair *key,
                       struct avo_why *why) {
    char path[AVO_PATH_BYTES];
    avo_why_set(why, "--dir %.60s...: the path is too long; choose a shorter one", dir);
    if (!avo_cli_path(path, dir, name)) {
        return false;
    }
    bool absent;
    if (take(path, key, &absent, why)) {
        return true;
    }
    if (random == NULL || !absent) {
        return false;
    }
    avo_key_pair_make(key, random);
    if (!avo_file_put(path, 0600, avo_slice(key->secret, sizeof key->secret))) {
        avo_why_set(why, "%s: %s; choose another --dir", path, strerror(errno));
        return false;
    }
    return true;
}

bool avo_recovery_key_open(const char *dir, struct avo_random *random, struct avo_key_pair *key, struct avo_why *why) {
    char path[AVO_PATH_BYTES];
    char text[2 * AVO_PUBLIC_KEY_BYTES + 2];
    if (!avo_key_file_open(dir, "recovery.key", random, key, why)) {
        return false;
    }
    avo_hex_write(text, avo_slice(key->public, AVO_PUBLIC_KEY_BYTES));
    text[sizeof text - 2] = '\n';
    if (!avo_cli_path(path, dir, "recovery.pub") || !avo_file_put(path, 0644, avo_slice(text, sizeof text - 1))) {
        avo_why_set(why, "%s/recovery.pub: %s; make room or give access", dir, strerror(errno));
        return false;
    }
    return true;
}

bool avo_key_file_load(const char *path, struct avo_key_pair *key, struct avo_why *why) {
    bool absent;
    return take(path, key, &absent, why);
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
