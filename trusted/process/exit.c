#include "trusted/process/exit.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES 1024

/* One write a line, so that lines of several processes do not mix in one log. */
static void say(enum avo_log_level level, const char *format, va_list arguments) {
    char line[LINE_BYTES];
    size_t start = (size_t)snprintf(line, sizeof line, "<%d>%.64s: ", (int)level, program_invocation_short_name);
    int length = vsnprintf(line + start, sizeof line - start - 1, format, arguments);
    size_t end = start + (length < 0 ? 0 : (size_t)length);
    end = end < sizeof line - 1 ? end : sizeof line - 2;
    line[end] = '\n';
    (void)!write(STDERR_FILENO, line, end + 1);
}

void avo_process_say(enum avo_log_level level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(level, format, arguments);
    va_end(arguments);
}

void avo_process_end(enum avo_process_exit status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(AVO_LOG_ERROR, format, arguments);
    va_end(arguments);
    _exit((int)status);
}
