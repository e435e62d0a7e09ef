/* What a daemon can be told: one table gives the option of its command line (--cas-key HEX), the key of its configuration file
 * (cas-key = "HEX") and the line of its help. The command line wins over the file. Rules are the same for both.
 *
 * The file is of libconfig's format: `name = value`, # begins a comment. Every daemon takes, beside its own settings: --config,
 * --check, --log-level, --log-file, --help, --version.
 */
#ifndef AVO_DAEMON_SETTINGS_H
#define AVO_DAEMON_SETTINGS_H

#include "base/address.h"
#include "base/compiler.h"
#include <avocado/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AVO_SETTINGS_WHY_BYTES 320
#define AVO_SETTINGS_MAX_COUNT 24
#define AVO_SETTING_KEY_BYTES 32

enum avo_setting_kind {
    AVO_SETTING_NUMBER,   /* uint32_t from minimum to maximum */
    AVO_SETTING_TEXT,     /* const char *, not empty; kept until avo_settings_close */
    AVO_SETTING_PATH,     /* the same; a relative one is made absolute, since the part in the TEE runs in another folder */
    AVO_SETTING_FLAG,     /* bool: --name; true or false in a file */
    AVO_SETTING_ADDRESS,  /* struct avo_address: a numeric address, its port unchanged */
    AVO_SETTING_ENDPOINT, /* struct avo_address: ADDR:PORT, IPv6 as [ADDR]:PORT */
    AVO_SETTING_KEY,      /* uint8_t[AVO_SETTING_KEY_BYTES]: 64 hex digits, or a file that holds them */
    AVO_SETTING_CUSTOM,   /* `take` */
};

struct avo_setting {
    const char *option; /* "--cas-key"; the file's key is what follows the dashes */
    enum avo_setting_kind kind;
    void *to;
    const char *argument; /* what the help calls its value; NULL for a flag */
    uint32_t minimum;
    uint32_t maximum;
    bool needed;
    const char *help;
    bool (*take)(const char *text, void *to); /* CUSTOM: false when it does not understand `text` */
    const char *expects;                      /* CUSTOM: what it should have been: "not 64 hex digits: give the CAS's key" */
};

struct avo_settings_usage {
    const char *program;
    const char *summary;
    const struct avo_setting *settings;
    size_t count;       /* at most AVO_SETTINGS_MAX_COUNT */
    bool inside;        /* of a measured program in its TEE: settings come on the command line only */
    const char *manual; /* e.g. "avocado-node(8)" */
};

#define AVO_SETTINGS_SHARED_COUNT 8

/* What was read. */
struct avo_settings {
    struct avo_settings_usage usage;
    struct avo_setting table[AVO_SETTINGS_MAX_COUNT];                /* what `usage` points to */
    char *given[AVO_SETTINGS_MAX_COUNT + AVO_SETTINGS_SHARED_COUNT]; /* each as it was given (a key: its digits), in the table's
                                                                      * order; NULL: not */
    const char *file_name;                                           /* NULL: none was given */
    bool check;                                                      /* --check: the caller ends after its own checks */
    bool help;
    bool version;
};

/* AVO_EINVAL with `why`: what, on what (file, line and key, or option), what to do next. Sets up the log (daemon/log.h). */
AVO_MUST_USE enum avo_error avo_settings_read(const struct avo_settings_usage *usage, int argc, char **argv,
                                              struct avo_settings *settings, char why[AVO_SETTINGS_WHY_BYTES]);
/* Whether something else than a run was asked for: then it is on standard output now. After AVO_OK. */
AVO_MUST_USE bool avo_settings_print(const struct avo_settings *settings);
void avo_settings_close(struct avo_settings *settings);

/* The given settings as a command line: `program`, --name, value, ..., a NULL behind them, without --`except`. For the part of a
 * daemon that runs in a TEE. Returns how many; `arguments` has room for 2 * AVO_SETTINGS_MAX_COUNT + 2. Borrowed from `settings`
 * and `program`. */
size_t avo_settings_line(const struct avo_settings *settings, const char *program, const char *except, const char **arguments);

/* settings_file.c: reads the file `name`, or its text, and hands each of its values as text to `take`, which returns false with
 * `why` filled. AVO_EINVAL with `why`. */
struct avo_settings_value {
    const char *name;
    const char *text;
    char where[160]; /* "FILE:LINE" */
    bool is_number;  /* else a string, or true or false */
    bool is_flag;
};
AVO_MUST_USE enum avo_error avo_settings_file_read(const char *name,
                                                   bool (*take)(void *context, const struct avo_settings_value *value),
                                                   void *context, char why[AVO_SETTINGS_WHY_BYTES]);
AVO_MUST_USE enum avo_error avo_settings_text_read(const char *name, const char *text,
                                                   bool (*take)(void *context, const struct avo_settings_value *value),
                                                   void *context, char why[AVO_SETTINGS_WHY_BYTES]);

#endif
