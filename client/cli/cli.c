#include "client/cli/cli.h"
#include "base/secret.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void avo_cli_say(const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *at = line; *at != '\0'; at++) {
        *at = *at == '\n' || *at == '\r' ? ' ' : *at; /* one line it is */
    }
    (void)fprintf(stderr, "avocado: %s\n", line);
}

enum avo_exit avo_cli_exit(enum avo_error error) {
    switch (error) {
    case AVO_OK:
        return AVO_EXIT_DONE;
    case AVO_ENOTFOUND:
        return AVO_EXIT_ABSENT;
    case AVO_EUNKNOWN:
        return AVO_EXIT_UNKNOWN;
    default:
        return AVO_EXIT_REFUSED;
    }
}

void avo_cli_json(json_t *root) {
    (void)json_dumpf(root, stdout, JSON_INDENT(2));
    (void)putchar('\n');
    json_decref(root);
}

uint32_t avo_cli_timeout_ms(const struct avo_common *common) {
    return (uint32_t)(common->timeout_s * 1000);
}

bool avo_cli_path(char to[AVO_PATH_BYTES], const char *dir, const char *name) {
    if (snprintf(to, AVO_PATH_BYTES, "%s/%s", dir, name) < AVO_PATH_BYTES) {
        return true;
    }
    avo_cli_say("--dir %.60s...: the path is too long; choose a shorter one", dir);
    return false;
}

bool avo_cli_dir(const char *dir, char to[AVO_PATH_BYTES]) {
    char resolved[PATH_MAX];
    return realpath(dir, resolved) != NULL && snprintf(to, AVO_PATH_BYTES, "%s", resolved) < AVO_PATH_BYTES;
}

enum avo_error avo_cli_profile(const struct avo_common *common, struct avo_profile **profile) {
    char path[AVO_PATH_BYTES];
    struct avo_why why;
    *profile = NULL;
    if (common->profile == NULL && !avo_cli_path(path, common->dir, "client.profile")) {
        return AVO_EINVAL;
    }
    struct avo_profile *loaded = calloc(1, sizeof *loaded);
    if (loaded == NULL) {
        avo_cli_say("no memory; free some and try again");
        return AVO_EIO;
    }
    enum avo_error error = avo_profile_load(common->profile != NULL ? common->profile : path, loaded, &why);
    if (error != AVO_OK) {
        avo_cli_say("%s", why.text);
        avo_cli_profile_free(loaded);
        return error;
    }
    *profile = loaded;
    return AVO_OK;
}

void avo_cli_profile_free(struct avo_profile *profile) {
    if (profile != NULL) {
        avo_secret_wipe(profile, sizeof *profile);
    }
    free(profile);
}

int avo_cli_group(const struct avo_command *commands, size_t count, const char *later, int argc, char **argv) {
    char words[128] = "";
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
        size_t length = strlen(words);
        (void)snprintf(words + length, sizeof words - length, "%s%s", i == 0 ? "" : ", ", commands[i].name);
    }
    bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (help) {
        printf("usage: avocado %s COMMAND [options]\ncommands: %s; `avocado %s COMMAND --help` says more\n", argv[0], words,
               argv[0]);
        return AVO_EXIT_DONE;
    }
    avo_cli_say("%s %.60s: is none of %s (%s: a later version); see avocado %s --help", argv[0], argc > 1 ? argv[1] : "(nothing)",
                words, later, argv[0]);
    return AVO_EXIT_REFUSED;
}
