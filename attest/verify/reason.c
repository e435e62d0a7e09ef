#include "attest/verify/reason.h"
#include <stdarg.h>
#include <stdio.h>

enum avo_error avo_reason_set(struct avo_reason *reason, enum avo_error error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
    avo_reason_clean(reason);
    return error;
}

void avo_reason_clean(struct avo_reason *reason) {
    for (char *at = reason->text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7F) {
            *at = '?'; /* names and keys from outside end on a terminal */
        }
    }
}
