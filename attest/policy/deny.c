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

enum avo_error avo_policy_check_package(struct avo_attest_result *result, bool allow_smt, const char *smt_key, bool allow_dynamic,
                                        const char *dynamic_key) {
    if (result->claims.smt_enabled && !allow_smt) {
        return avo_policy_deny(result, smt_key, "platform: hyper-threading is on, and the policy does not allow it");
    }
    if (result->claims.dynamic_platform && !allow_dynamic) {
        return avo_policy_deny(result, dynamic_key, "platform: packages may be added to it, and the policy does not allow that");
    }
    return AVO_OK;
}
