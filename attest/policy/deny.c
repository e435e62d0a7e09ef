#include "attest/policy/parts.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum avo_error avo_policy_deny(struct avo_attest_result *result, const char *key, const char *format, ...) {
    struct avo_reason *reason = &result->reason;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
    size_t length = strlen(reason->text);
    if (key != NULL) {
        (void)snprintf(reason->text + length, sizeof reason->text - length, " (%s)", key);
    }
    avo_reason_clean(reason);
    result->policy_key = key;
    return AVO_EDENIED;
}
