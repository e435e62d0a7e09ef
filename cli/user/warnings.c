#include "cli/user/warnings.h"
#include "attest/x509/clock.h"
#include <stdarg.h>
#include <stdio.h>

void avo_warning_add(struct avo_warnings *warnings, const char *what, int slot, int64_t since_s, const char *format, ...) {
    va_list arguments;
    if (warnings->count == AVO_WARNING_MAX_COUNT) {
        return;
    }
    struct avo_warning *warning = &warnings->list[warnings->count++];
    *warning = (struct avo_warning){.what = what, .slot = slot, .since_s = since_s};
    va_start(arguments, format);
    (void)vsnprintf(warning->hint, sizeof warning->hint, format, arguments);
    va_end(arguments);
}

json_t *avo_day_json(int64_t unix_s) {
    char day[AVO_DATE_BYTES];
    if (unix_s == 0) {
        return json_null();
    }
    avo_date_format(unix_s, day);
    return json_string(day);
}

json_t *avo_warnings_json(const struct avo_warnings *warnings) {
    json_t *list = json_array();
    for (unsigned i = 0; i < warnings->count; i++) {
        const struct avo_warning *warning = &warnings->list[i];
        json_t *slot = warning->slot == AVO_WARNING_CLUSTER ? json_null() : json_integer(warning->slot);
        (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:s}", "what", warning->what, "slot", slot, "since",
                                                    avo_day_json(warning->since_s), "hint", warning->hint));
    }
    return list;
}

void avo_warnings_print(const struct avo_warnings *warnings) {
    for (unsigned i = 0; i < warnings->count; i++) {
        const struct avo_warning *warning = &warnings->list[i];
        if (warning->slot == AVO_WARNING_CLUSTER) {
            printf("  WARNING %s: %s\n", warning->what, warning->hint);
        } else {
            printf("  WARNING %s, node %d: %s\n", warning->what, warning->slot, warning->hint);
        }
    }
}
