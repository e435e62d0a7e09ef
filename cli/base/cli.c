#include "cli/base/cli.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 1024

void avo_cli_say(const char *format, ...) {
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *at = line; *at != '\0'; at++) { /* one line it is, and none that moves a terminal's cursor */
        *at = *at == '\n' || *at == '\r' ? ' ' : (unsigned char)*at < 0x20 || *at == 0x7f ? '?' : *at;
    }
    (void)fprintf(stderr, "avocado: %s\n", line);
}

static bool is_plain(const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-";
    return text[0] != '\0' && text[strspn(text, plain)] == '\0';
}

const char *avo_cli_quote(char to[AVO_QUOTED_BYTES], const char *text) {
    size_t length = 0;
    if (is_plain(text)) {
        (void)snprintf(to, AVO_QUOTED_BYTES, "%s", text);
        return to;
    }
    to[length++] = '\'';
    for (; *text != '\0' && length + 6 < AVO_QUOTED_BYTES; text++) {
        const char *piece = *text == '\'' ? "'\\''" : (const char[]){*text, '\0'};
        memcpy(to + length, piece, strlen(piece));
        length += strlen(piece);
    }
    to[length++] = '\'';
    to[length] = '\0';
    return to;
}

/* What a command has to undo where it ends for want of memory; set by the one command that runs. */
static struct {
    void (*undo)(void *context);
    void *context;
} ending;

void avo_cli_undo(void (*undo)(void *context), void *context) {
    ending.undo = undo;
    ending.context = context;
}

void *avo_cli_allocate(void *memory, size_t bytes) {
    void *taken = realloc(memory, bytes);
    if (taken == NULL) {
        if (ending.undo != NULL) {
            ending.undo(ending.context);
        }
        avo_cli_say("no memory for %zu bytes; free some, then try again", bytes);
        _exit(AVO_EXIT_REFUSED);
    }
    return taken;
}

void *avo_cli_take(size_t bytes) {
    return memset(avo_cli_allocate(NULL, bytes), 0, bytes);
}

void avo_cli_panic(const char *file, int line, const char *promise) {
    avo_cli_say("broken promise at %s:%d: %s; this is a defect of the program, please report this line", file, line, promise);
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
    /* An answer that was made, and could not be written, is avo_cli_streams_flush's to tell: there the cause is known. */
    if (root == NULL || (json_dumpf(root, stdout, JSON_INDENT(2)) != 0 && ferror(stdout) == 0)) {
        avo_cli_say("cannot make the JSON answer: no memory, or a name in it is not UTF-8; ask again without --json");
        _exit(AVO_EXIT_REFUSED);
    }
    (void)putchar('\n');
    json_decref(root);
}

uint32_t avo_cli_timeout_ms(const struct avo_common *common) {
    uint32_t ms = (uint32_t)(common->timeout_s * 1000);
    return ms == 0 ? 1 : ms; /* 0 would mean the library's default */
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
    const char *from = common->profile != NULL ? common->profile : path;
    enum avo_error error = avo_profile_open(from, profile, &why);
    if (error == AVO_OK) {
        avo_profile_notice(*profile, from, &why);
    }
    if (why.text[0] != '\0') {
        avo_cli_say("%s", why.text);
    }
    return error;
}

void avo_cli_profile_free(struct avo_profile *profile) {
    avo_profile_close(profile);
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
    if (argc > 1 && argv[1][0] == '-') {
        avo_cli_say("%s %.60s: options follow the whole command, one of %s; see avocado %s --help", argv[0], argv[1], words,
                    argv[0]);
        return AVO_EXIT_REFUSED;
    }
    if (argc < 2) {
        avo_cli_say("%s: which of %s? see avocado %s --help", argv[0], words, argv[0]);
        return AVO_EXIT_REFUSED;
    }
    avo_cli_say("%s %.60s: is none of %s%s%s%s; see avocado %s --help", argv[0], argv[1], words, later != NULL ? " (" : "",
                later != NULL ? later : "", later != NULL ? ": a later version)" : "", argv[0]);
    return AVO_EXIT_REFUSED;
}
