#include "host/log.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES 1024

static const char *log_name = ""; /* set once, before any thread starts */

void avo_log_name(const char *name) {
    log_name = name;
}

void avo_log(const char *format, ...) {
    char line[LINE_BYTES];
    va_list arguments;
    int start = snprintf(line, sizeof line, "%.64s: %s", program_invocation_short_name, log_name);
    va_start(arguments, format);
    int length = vsnprintf(line + start, sizeof line - (size_t)start, format, arguments);
    va_end(arguments);
    size_t end = (size_t)start + (length < 0 ? 0 : (size_t)length);
    end = end < sizeof line ? end : sizeof line - 1;
    line[end] = '\n';
    (void)!write(STDERR_FILENO, line, end + 1);
}
