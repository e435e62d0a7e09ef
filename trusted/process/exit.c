#include "trusted/process/exit.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES 1024

/* "<N>program: text", in one write, so that lines of several processes do not mix in one log. */
static void line_write(enum avo_log_level level, const char *text) {
    char line[LINE_BYTES + 8];
    int length = snprintf(line, sizeof line, "<%d>%s\n", (int)level, text);
    (void)!write(STDERR_FILENO, line, (size_t)length);
}

static void (*line_out)(enum avo_log_level level, const char *text) = line_write; /* set once, before any thread starts */

void avo_process_log(void (*line)(enum avo_log_level level, const char *text)) {
    line_out = line;
}

static void say(enum avo_log_level level, const char *format, va_list arguments) {
    char text[LINE_BYTES];
    int start = snprintf(text, sizeof text, "%.64s: ", program_invocation_short_name);
    if (vsnprintf(text + start, sizeof text - (size_t)start, format, arguments) >= 0) {
        line_out(level, text);
    }
}

void avo_process_say(enum avo_log_level level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(level, format, arguments);
    va_end(arguments);
}

void avo_process_end(enum avo_ending status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(AVO_LOG_ERROR, format, arguments);
    va_end(arguments);
    _exit((int)status);
}
