#include "daemon/settings.h"
#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES 65536
#define NUMBER_MAX_DIGITS 9

/* A value as the command line would have it. False for groups, lists and fractions, which nothing takes. */
static bool value_text(const config_setting_t *setting, struct avo_settings_value *value, char digits[24]) {
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        (void)snprintf(digits, 24, "%lld", config_setting_get_int64(setting));
        value->text = digits;
        value->is_number = true;
        return true;
    case CONFIG_TYPE_BOOL:
        value->text = config_setting_get_bool(setting) ? "true" : "false";
        value->is_flag = true;
        return true;
    case CONFIG_TYPE_STRING:
        value->text = config_setting_get_string(setting);
        return true;
    default:
        return false;
    }
}

static bool take_all(const char *name, const config_setting_t *root, bool (*take)(void *, const struct avo_settings_value *),
                     void *context, char *why) {
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        struct avo_settings_value value = {.name = config_setting_name(setting)};
        char digits[24];
        (void)snprintf(value.where, sizeof value.where, "%.120s:%u", name, config_setting_source_line(setting));
        if (!value_text(setting, &value, digits)) {
            (void)snprintf(why, AVO_SETTINGS_WHY_BYTES, "%s: %.64s: neither a number, a string, nor true or false: give one",
                           value.where, value.name);
            return false;
        }
        if (!take(context, &value)) {
            return false;
        }
    }
    return true;
}

/* libconfig 1.5 cuts an integer to 32 bits without a word. The line of a number too long for them, 0 when there is none. */
static unsigned long_number_line(const char *text) {
    unsigned line = 1;
    for (const char *at = text; *at != '\0';) {
        size_t word = strspn(at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
        if (word > NUMBER_MAX_DIGITS && *at >= '0' && *at <= '9') {
            return line;
        }
        size_t skip = word;
        if (*at == '#' || strncmp(at, "//", 2) == 0) {
            skip = strcspn(at, "\n");
        } else if (*at == '"') {
            for (skip = 1; at[skip] != '\0' && at[skip] != '"'; skip++) {
                skip += at[skip] == '\\' && at[skip + 1] != '\0';
            }
            skip += at[skip] == '"';
        }
        skip = skip == 0 ? 1 : skip;
        for (size_t i = 0; i < skip; i++) {
            line += at[i] == '\n';
        }
        at += skip;
    }
    return 0;
}

static bool parse(const char *name, const char *text, config_t *config, char *why) {
    unsigned line = long_number_line(text);
    if (line != 0) {
        (void)snprintf(why, AVO_SETTINGS_WHY_BYTES, "%.160s:%u: a number of more than %d digits: give a smaller one", name, line,
                       NUMBER_MAX_DIGITS);
        return false;
    }
    if (config_read_string(config, text) == CONFIG_TRUE) {
        return true;
    }
    (void)snprintf(why, AVO_SETTINGS_WHY_BYTES, "%.160s:%d: %s: write each setting as `name = value` once, # before comments", name,
                   config_error_line(config), config_error_text(config));
    return false;
}

enum avo_error avo_settings_text_read(const char *name, const char *text,
                                      bool (*take)(void *context, const struct avo_settings_value *value), void *context,
                                      char why[AVO_SETTINGS_WHY_BYTES]) {
    config_t config;
    config_init(&config);
    bool good = parse(name, text, &config, why) && take_all(name, config_root_setting(&config), take, context, why);
    config_destroy(&config);
    return good ? AVO_OK : AVO_EINVAL;
}

enum avo_error avo_settings_file_read(const char *name, bool (*take)(void *context, const struct avo_settings_value *value),
                                      void *context, char why[AVO_SETTINGS_WHY_BYTES]) {
    char text[FILE_MAX_BYTES + 1];
    FILE *stream = fopen(name, "re");
    size_t length = stream == NULL ? 0 : fread(text, 1, sizeof text, stream);
    bool whole = stream != NULL && ferror(stream) == 0 && length < sizeof text;
    if (!whole) {
        (void)snprintf(why, AVO_SETTINGS_WHY_BYTES, "--config %.160s: %s: name a readable file of at most %d bytes", name,
                       length == sizeof text ? "it is larger" : strerror(errno), FILE_MAX_BYTES);
    }
    if (stream != NULL) {
        (void)fclose(stream);
    }
    if (!whole) {
        return AVO_EINVAL;
    }
    text[length] = '\0';
    return avo_settings_text_read(name, text, take, context, why);
}
