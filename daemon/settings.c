#include "daemon/settings.h"
#include "base/assert.h"
#include "daemon/address.h"
#include "daemon/key.h"
#include "daemon/log.h"
#include <avocado/error.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELP_COLUMN 24
#define DASHES 2
#define LOG_SETTING_COUNT 4 /* the last of the shared ones */
#define LOG_SIZE_MAX_MIB 1048576
#define LOG_KEEP_MAX_COUNT 99
#define NO_MEMORY "no memory: end other programs"

/* One reading: all settings, the daemon's own and those of every daemon. */
struct reading {
    const struct avo_settings_usage *usage;
    struct avo_settings *settings;
    struct avo_setting all[AVO_SETTINGS_MAX_COUNT + AVO_SETTINGS_SHARED_COUNT];
    size_t count;
    const char *config;
    enum avo_log_level level;
    const char *log_file;
    uint32_t log_size_mib;
    uint32_t log_keep;
    char *why;
};

static bool take_level(const char *text, void *to) {
    return avo_log_level_read(text, to);
}

static void gather(struct reading *reading) {
    const struct avo_settings_usage *usage = reading->usage;
    struct avo_settings *settings = reading->settings;
    const struct avo_setting shared[AVO_SETTINGS_SHARED_COUNT] = {
        {"--help", AVO_SETTING_FLAG, &settings->help, .help = "this text"},
        {"--version", AVO_SETTING_FLAG, &settings->version, .help = "the version"},
        {"--config", AVO_SETTING_TEXT, &reading->config, "FILE", .help = "settings as `name = value`; the command line wins"},
        {"--check", AVO_SETTING_FLAG, &settings->check, .help = "only check the settings"},
        {"--log-level", AVO_SETTING_CUSTOM, &reading->level, "LEVEL", .help = "error, warn, info or debug (info)",
         .take = take_level, .expects = "no level of the log: give error, warn, info or debug"},
        {"--log-file", AVO_SETTING_TEXT, &reading->log_file, "FILE", .help = "append the log there (standard error)"},
        {"--log-size", AVO_SETTING_NUMBER, &reading->log_size_mib, "MIB", 0, LOG_SIZE_MAX_MIB,
         .help = "put the file aside when it is so large, 0: never (16)"},
        {"--log-keep", AVO_SETTING_NUMBER, &reading->log_keep, "N", 0, LOG_KEEP_MAX_COUNT,
         .help = "earlier files to keep, FILE.1 and up (3)"},
    };
    AVO_ASSERT(usage->count <= AVO_SETTINGS_MAX_COUNT);
    memcpy(reading->all, usage->settings, usage->count * sizeof *usage->settings);
    size_t shared_count = usage->inside ? LOG_SETTING_COUNT : AVO_SETTINGS_SHARED_COUNT; /* the others are the outside's business */
    memcpy(reading->all + usage->count, shared + AVO_SETTINGS_SHARED_COUNT - shared_count, shared_count * sizeof *shared);
    reading->count = usage->count + shared_count;
}

static bool wrong(struct reading *reading, const char *where, const char *name, const char *text, const char *what) {
    bool line = where == NULL;
    (void)snprintf(reading->why, AVO_SETTINGS_WHY_BYTES, "%s%s%.64s%s%.64s: %s", line ? "--" : where, line ? "" : ": ", name,
                   text[0] == '\0' ? "" : " ", text, what);
    return false;
}

/* Numbers are taken as a whole or not at all: no sign, no space, no tail. */
static bool number_take(const struct avo_setting *setting, const char *text) {
    char *end = NULL;
    unsigned long long number = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (end == NULL || *end != '\0' || number < setting->minimum || number > setting->maximum) {
        return false;
    }
    *(uint32_t *)setting->to = (uint32_t)number;
    return true;
}

static bool setting_take(struct reading *reading, const struct avo_setting *setting, const char *text, const char *where) {
    char what[AVO_SETTING_WHAT_BYTES];
    struct avo_address address;
    switch (setting->kind) {
    case AVO_SETTING_NUMBER:
        (void)snprintf(what, sizeof what, "not a number from %u to %u: give one", setting->minimum, setting->maximum);
        return number_take(setting, text) || wrong(reading, where, setting->option + DASHES, text, what);
    case AVO_SETTING_TEXT:
    case AVO_SETTING_PATH:
        *(const char **)setting->to = text;
        return text[0] != '\0' || wrong(reading, where, setting->option + DASHES, text, "empty: give it a value");
    case AVO_SETTING_FLAG:
        *(bool *)setting->to = strcmp(text, "true") == 0;
        return true;
    case AVO_SETTING_ADDRESS:
        if (avo_address_parse(text, 0, &address) != AVO_OK) {
            return wrong(reading, where, setting->option + DASHES, text,
                         "not a numeric IPv4 or IPv6 address: give one, such as 127.0.0.1");
        }
        *(struct avo_address *)setting->to = address;
        return true;
    case AVO_SETTING_ENDPOINT:
        if (avo_address_parse_pair(text, &address) != AVO_OK) {
            return wrong(reading, where, setting->option + DASHES, text,
                         "not ADDR:PORT with a numeric address: give e.g. 127.0.0.1:7000");
        }
        *(struct avo_address *)setting->to = address;
        return true;
    case AVO_SETTING_KEY:
        /* Inside a TEE no file is read: the outside passes the digits on. */
        return avo_setting_key_take(text, !reading->usage->inside, setting->to, what) ||
               wrong(reading, where, setting->option + DASHES, text, what);
    case AVO_SETTING_CUSTOM:
        return setting->take(text, setting->to) || wrong(reading, where, setting->option + DASHES, text, setting->expects);
    }
    return false;
}

/* A copy; NULL: no memory. Where this folder has no name, the path stays as it is. */
static char *path_absolute(const char *text) {
    char folder[PATH_MAX];
    if (text[0] == '/' || text[0] == '\0' || getcwd(folder, sizeof folder) == NULL) {
        return strdup(text);
    }
    size_t bytes = strlen(folder) + strlen(text) + 2;
    char *path = malloc(bytes);
    if (path != NULL) {
        (void)snprintf(path, bytes, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, text);
    }
    return path;
}

/* Takes a copy, which strings point into; a later one of the same name wins. */
static bool keep(struct reading *reading, const struct avo_setting *setting, const char *text, const char *where) {
    char **given = &reading->settings->given[setting - reading->all];
    free(*given);
    *given = setting->kind == AVO_SETTING_PATH ? path_absolute(text) : strdup(text);
    if (*given == NULL) {
        return wrong(reading, where, setting->option + DASHES, "", NO_MEMORY);
    }
    if (!setting_take(reading, setting, *given, where)) {
        return false;
    }
    if (setting->kind == AVO_SETTING_KEY) {
        free(*given);
        *given = calloc(1, 2 * AVO_SETTING_KEY_BYTES + 1);
        if (*given == NULL) {
            return wrong(reading, where, setting->option + DASHES, "", NO_MEMORY);
        }
        (void)sodium_bin2hex(*given, 2 * AVO_SETTING_KEY_BYTES + 1, setting->to, AVO_SETTING_KEY_BYTES);
    }
    return true;
}

static struct avo_setting *find(struct reading *reading, const char *name) {
    for (size_t i = 0; i < reading->count; i++) {
        if (strcmp(reading->all[i].option + DASHES, name) == 0) {
            return &reading->all[i];
        }
    }
    return NULL;
}

static bool file_take(void *context, const struct avo_settings_value *value) {
    struct reading *reading = context;
    struct avo_setting *setting = find(reading, value->name);
    bool only_line = setting != NULL && (setting->to == &reading->config || setting->to == &reading->settings->check ||
                                         setting->to == &reading->settings->help || setting->to == &reading->settings->version);
    if (setting == NULL || only_line) {
        (void)snprintf(reading->why, AVO_SETTINGS_WHY_BYTES, "%s: %.64s: there is no such setting: see %s", value->where,
                       value->name, reading->usage->manual);
        return false;
    }
    bool number = setting->kind == AVO_SETTING_NUMBER;
    bool flag = setting->kind == AVO_SETTING_FLAG;
    if (value->is_number != number || value->is_flag != flag) {
        return wrong(reading, value->where, value->name, "",
                     number ? "not a number: write one, without quotes"
                     : flag ? "neither true nor false: write one, without quotes"
                            : "not a string: write it in \"quotes\"");
    }
    return keep(reading, setting, value->text, value->where);
}

/* The whole line; with `first`, only what must be known before the file is read. */
static bool line_take(struct reading *reading, int argc, char **argv, bool first) {
    for (int i = 1; i < argc; i++) {
        struct avo_setting *setting = strncmp(argv[i], "--", 2) == 0 ? find(reading, argv[i] + DASHES) : NULL;
        if (setting == NULL) {
            (void)snprintf(reading->why, AVO_SETTINGS_WHY_BYTES, "%.64s: there is no such option: see --help", argv[i]);
            return false;
        }
        bool flag = setting->kind == AVO_SETTING_FLAG;
        if (!flag && i + 1 == argc) {
            return wrong(reading, NULL, setting->option + DASHES, "", "its value is missing: give one; see --help");
        }
        const char *text = flag ? "true" : argv[++i];
        if (first && !flag && setting->to != &reading->config) {
            continue;
        }
        if (!keep(reading, setting, text, NULL)) {
            return false;
        }
    }
    return true;
}

static bool needed_given(struct reading *reading) {
    const char *file = reading->config;
    for (size_t i = 0; i < reading->count; i++) {
        if (reading->all[i].needed && reading->settings->given[i] == NULL) {
            (void)snprintf(reading->why, AVO_SETTINGS_WHY_BYTES, "%s%.160s%s%s is missing: give it; see --help",
                           file == NULL ? "" : file, file == NULL ? "" : ": ", file == NULL ? "--" : "",
                           reading->all[i].option + DASHES);
            return false;
        }
    }
    return true;
}

static bool log_set_up(struct reading *reading) {
    char what[120];
    const char *file = reading->log_file;
    bool check = reading->settings->check;
    avo_log_limit(reading->level);
    avo_log_size((uint64_t)reading->log_size_mib << 20, reading->log_keep);
    if (file == NULL || (check ? avo_log_file_check(file) : avo_log_file(file))) {
        return true;
    }
    (void)snprintf(what, sizeof what, "%s: make its folder, give access to it, or name another file", strerror(errno));
    return wrong(reading, NULL, "log-file", file, what);
}

enum avo_error avo_settings_read(const struct avo_settings_usage *usage, int argc, char **argv, struct avo_settings *settings,
                                 char why[AVO_SETTINGS_WHY_BYTES]) {
    struct reading reading = {.usage = usage,
                              .settings = settings,
                              .level = AVO_LOG_INFO,
                              .log_size_mib = AVO_LOG_SIZE_DEFAULT_MIB,
                              .log_keep = AVO_LOG_KEEP_DEFAULT_COUNT,
                              .why = why};
    *settings = (struct avo_settings){.usage = *usage};
    gather(&reading);
    memcpy(settings->table, usage->settings, usage->count * sizeof *usage->settings);
    settings->usage.settings = settings->table;
    if (!line_take(&reading, argc, argv, true)) {
        return AVO_EINVAL;
    }
    if (settings->help || settings->version) {
        return AVO_OK;
    }
    if (reading.config != NULL && avo_settings_file_read(reading.config, file_take, &reading, why) != AVO_OK) {
        return AVO_EINVAL;
    }
    bool good = line_take(&reading, argc, argv, false) && needed_given(&reading) && log_set_up(&reading);
    settings->file_name = reading.config;
    return good ? AVO_OK : AVO_EINVAL;
}

static void help_line(const struct avo_setting *setting) {
    char left[64];
    bool takes = setting->argument != NULL;
    (void)snprintf(left, sizeof left, "%s%s%s", setting->option, takes ? " " : "", takes ? setting->argument : "");
    printf("  %-*s %s%s\n", HELP_COLUMN, left, setting->help, setting->needed ? "; needed" : "");
}

static void help_print(const struct avo_settings *settings) {
    struct avo_settings own = {0};
    struct reading reading = {.usage = &settings->usage, .settings = &own};
    gather(&reading);
    printf("usage: %s [options]\n%s\n\n", settings->usage.program, settings->usage.summary);
    for (size_t i = 0; i < reading.count; i++) {
        help_line(&reading.all[i]);
    }
}

bool avo_settings_print(const struct avo_settings *settings) {
    const char *program = settings->usage.program;
    if (settings->help) {
        help_print(settings);
    } else if (settings->version) {
        printf("%s %s\n", program, AVO_PROGRAM_VERSION);
    } else if (settings->check) {
        printf("%s: the settings are good\n", settings->file_name == NULL ? program : settings->file_name);
    }
    return settings->help || settings->version || settings->check;
}

void avo_settings_close(struct avo_settings *settings) {
    for (size_t i = 0; i < AVO_COUNT(settings->given); i++) {
        free(settings->given[i]);
        settings->given[i] = NULL;
    }
}

size_t avo_settings_line(const struct avo_settings *settings, const char *program, const char *except, const char **arguments) {
    size_t count = 0;
    arguments[count++] = program;
    for (size_t i = 0; i < settings->usage.count; i++) {
        const struct avo_setting *setting = &settings->table[i];
        if (settings->given[i] == NULL || strcmp(setting->option + DASHES, except) == 0) {
            continue;
        }
        arguments[count++] = setting->option;
        if (setting->kind != AVO_SETTING_FLAG) {
            arguments[count++] = settings->given[i];
        }
    }
    arguments[count] = NULL;
    return count;
}
