#include "daemon/log.h"
#include "base/assert.h"
#include "daemon/log_parts.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1280
#define NO_MEMORY_STATUS 2 /* as a start that is refused */

/* Set once, before any thread starts. */
static const char *log_name = "avocado";
static enum avo_log_level log_level = AVO_LOG_INFO;
static bool measured;

static const struct {
    const char *name;
    enum avo_log_level level;
} levels[] = {{"error", AVO_LOG_ERROR}, {"warn", AVO_LOG_WARN}, {"info", AVO_LOG_INFO}, {"debug", AVO_LOG_DEBUG}};

bool avo_log_level_read(const char *text, enum avo_log_level *level) {
    for (size_t i = 0; i < AVO_COUNT(levels); i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *level = levels[i].level;
            return true;
        }
    }
    return false;
}

static const char *level_name(enum avo_log_level level) {
    for (size_t i = 0; i < AVO_COUNT(levels); i++) {
        if (levels[i].level >= level) {
            return levels[i].name;
        }
    }
    return "debug";
}

void avo_log_limit(enum avo_log_level level) {
    log_level = level;
}

static size_t time_write(char *to, size_t capacity) {
    struct timespec now = {0};
    struct tm parts;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts) == NULL) {
        return 0;
    }
    size_t length = strftime(to, capacity, "%Y-%m-%dT%H:%M:%S", &parts);
    return length + (size_t)snprintf(to + length, capacity - length, ".%06ldZ ", now.tv_nsec / 1000);
}

void avo_log_measured(void) {
    measured = true;
}

void avo_log_line(enum avo_log_level level, const char *text) {
    char line[LINE_BYTES];
    if (level > log_level && !measured) {
        return;
    }
    size_t start = measured ? 0 : time_write(line, sizeof line);
    int more = measured ? snprintf(line, sizeof line, "<%d>%s", (int)level, text)
                        : snprintf(line + start, sizeof line - start, "%s %s", level_name(level), text);
    size_t end = start + (more < 0 ? 0 : (size_t)more);
    end = end < sizeof line ? end : sizeof line - 1;
    for (size_t i = start; i < end; i++) {
        line[i] = line[i] < ' ' || line[i] > '~' ? '?' : line[i];
    }
    line[end] = '\n';
    avo_log_write(avo_slice(line, end + 1), level <= AVO_LOG_ERROR);
}

bool avo_log_text(char text[AVO_LOG_TEXT_BYTES], const char *format, va_list arguments) {
    int start = snprintf(text, AVO_LOG_TEXT_BYTES, "%.100s: ", log_name);
    return vsnprintf(text + start, AVO_LOG_TEXT_BYTES - (size_t)start, format, arguments) >= 0;
}

static void log_format(enum avo_log_level level, const char *format, va_list arguments) {
    char text[AVO_LOG_TEXT_BYTES];
    if (avo_log_text(text, format, arguments)) {
        avo_log_line(level, text);
    }
}

#define LOG_FUNCTION(function, level)                                                                                              \
    void function(const char *format, ...) {                                                                                       \
        va_list arguments;                                                                                                         \
        va_start(arguments, format);                                                                                               \
        log_format(level, format, arguments);                                                                                      \
        va_end(arguments);                                                                                                         \
    }

LOG_FUNCTION(avo_log_error, AVO_LOG_ERROR)
LOG_FUNCTION(avo_log_warn, AVO_LOG_WARN)
LOG_FUNCTION(avo_log_info, AVO_LOG_INFO)
LOG_FUNCTION(avo_log_debug, AVO_LOG_DEBUG)

static void panic_say(const char *file, int line, const char *promise) {
    avo_log_error("broken promise at %s:%d: %s; this is a defect of the program: report this line", file, line, promise);
}

void avo_log_name(const char *name) {
    log_name = name;
    avo_panic_hook = panic_say;
}

void *avo_log_allocate(void *memory, size_t bytes) {
    void *taken = realloc(memory, bytes);
    if (taken == NULL) {
        avo_log_error("no memory for %zu bytes: free some, then start again", bytes);
        _exit(NO_MEMORY_STATUS);
    }
    return taken;
}
