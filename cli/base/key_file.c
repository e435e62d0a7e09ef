#include "cli/base/key_file.h"
#include "base/secret.h"
#include "cli/base/cli.h"
#include "client/io/file.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

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
