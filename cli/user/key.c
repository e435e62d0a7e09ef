/* key: a user's X25519 key pair is made on the user's own machine; only the public half leaves it. */
#include "cli/base/answer.h"
#include "cli/base/cli.h"
#include "cli/base/key_file.h"
#include "client/io/clock.h"
#include "client/io/hex.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *default_path(const struct avo_common *common, char path[AVO_PATH_BYTES]) {
    return avo_cli_path(path, common->dir, "client.key") ? path : NULL;
}

/* The file named, or client.key under the folder; a folder that is not there is made for a new key. */
static const char *path_of(const struct avo_common *common, bool make, char path[AVO_PATH_BYTES]) {
    if (common->argument_count == 1) {
        return common->arguments[0];
    }
    if (make && mkdir(common->dir, 0700) != 0 && errno != EEXIST) {
        avo_cli_say("key new: %s: %s; make its parent folder, or choose another --dir", common->dir, strerror(errno));
        return NULL;
    }
    return default_path(common, path);
}

static int print(const struct avo_common *common, const char *path, const struct avo_key_pair *key) {
    char hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
    avo_hex_write(hex, AVO_SLICE_OF(key->public));
    if (common->json) {
        avo_cli_json(json_pack("{s:o, s:s}", "file", avo_cli_json_text(path), "public_key", hex));
    } else {
        (void)puts(hex);
    }
    return AVO_EXIT_DONE;
}

static int run(const struct avo_usage *usage, bool make, int argc, char **argv) {
    char path[AVO_PATH_BYTES];
    struct avo_common common;
    struct avo_key_pair key = {0};
    struct avo_random random = avo_system_random();
    struct avo_why why;
    int code = AVO_EXIT_REFUSED;
    enum avo_parsed parsed = avo_options_parse(usage, argc, argv, &common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    if (common.argument_count == 1 && common.dir_given) {
        avo_cli_say("%s: --dir does nothing beside FILE; leave one of them out", usage->command);
        return AVO_EXIT_REFUSED;
    }
    const char *file = sodium_init() < 0 ? NULL : path_of(&common, make, path);
    if (file == NULL) {
        return AVO_EXIT_REFUSED;
    }
    if (make ? avo_key_file_make(file, &random, &key, &why) : avo_key_file_load(file, &key, &why)) {
        code = print(&common, file, &key);
    } else {
        avo_cli_say("%s: %s", usage->command, why.text);
    }
    sodium_memzero(&key, sizeof key);
    return code;
}

static int key_new(int argc, char **argv) {
    const struct avo_usage usage = {
        .command = "key new",
        .arguments = "[FILE]",
        .summary = "Makes a secret key in FILE (D/client.key), mode 600, and prints its public key: that alone goes to the owner.",
        .arguments_max = 1,
        .takes = AVO_TAKES_DIR};
    return run(&usage, true, argc, argv);
}

static int key_show(int argc, char **argv) {
    const struct avo_usage usage = {.command = "key show",
                                    .arguments = "[FILE]",
                                    .summary = "Prints the public key of the secret key in FILE (D/client.key).",
                                    .arguments_max = 1,
                                    .takes = AVO_TAKES_DIR};
    return run(&usage, false, argc, argv);
}

int avo_cli_key(int argc, char **argv) {
    static const struct avo_command commands[] = {{"new", key_new}, {"show", key_show}};
    return avo_cli_group(commands, AVO_COUNT(commands), NULL, argc, argv);
}
