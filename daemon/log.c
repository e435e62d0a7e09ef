#include "daemon/log.h"
#include "base/assert.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1280
#define TEXT_BYTES 1024
#define NO_MEMORY_STATUS 2 /* as a start that is refused */

/* Set once, before any thread starts. */
static const char *log_name = "avocado";
static enum avo_log_level log_level = AVO_LOG_INFO;
static int log_fd = STDERR_FILENO;
static int error_fd = -1; /* where errors go too */
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

bool avo_log_file(const char *path) {
    struct stat file, standard;
    bool has_standard = fstat(STDERR_FILENO, &standard) == 0; /* else this descriptor is soon something else's */
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) {
        return false;
    }
    bool same = has_standard && fstat(fd, &file) == 0 && file.st_dev == standard.st_dev && file.st_ino == standard.st_ino;
    log_fd = fd;
    error_fd = has_standard && !same ? STDERR_FILENO : -1;
    return true;
}

bool avo_log_file_check(const char *path) {
    char folder[PATH_MAX];
    int fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        return close(fd) == 0;
    }
    const char *slash = strrchr(path, '/');
    if (errno != ENOENT || snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder) {
        return false;
    }
    folder[slash == NULL || slash == path ? 1 : slash - path] = '\0';
    return access(slash == NULL ? "." : folder, W_OK | X_OK) == 0;
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
    (void)!write(log_fd, line, end + 1);
    if (level <= AVO_LOG_ERROR && error_fd >= 0) {
        (void)!write(error_fd, line, end + 1);
    }
}

static void log_format(enum avo_log_level level, const char *format, va_list arguments) {
    char text[TEXT_BYTES];
    int start = snprintf(text, sizeof text, "%.100s: ", log_name);
    if (vsnprintf(text + start, sizeof text - (size_t)start, format, arguments) >= 0) {
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
