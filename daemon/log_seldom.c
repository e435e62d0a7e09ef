/* What strangers can cause is said once a second for each kind, and then how often it was left out. */
#include "base/compiler.h"
#include "daemon/log.h"
#include "daemon/log_parts.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define KIND_COUNT 32
#define KIND_BYTES 96

struct kind {
    char text[KIND_BYTES]; /* empty: a free place */
    enum avo_log_level level;
    uint64_t said_s;
    uint32_t left_out; /* since */
};

static struct kind kinds[KIND_COUNT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t now_s(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

AVO_PRINTF(2, 3) static void say(enum avo_log_level level, const char *format, ...) {
    char text[AVO_LOG_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    if (avo_log_text(text, format, arguments)) {
        avo_log_line(level, text);
    }
    va_end(arguments);
}

static void count_say(struct kind *kind) {
    if (kind->left_out > 0) {
        say(kind->level, "left out %u more line%s of this kind: %s", kind->left_out, kind->left_out == 1 ? "" : "s", kind->text);
        kind->left_out = 0;
    }
}

/* Its place, or a free one, or that of the kind which was not said for the longest time. */
static struct kind *place_of(const char *text) {
    struct kind *oldest = &kinds[0];
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strncmp(kinds[i].text, text, KIND_BYTES - 1) == 0) {
            return &kinds[i];
        }
        oldest = kinds[i].said_s < oldest->said_s ? &kinds[i] : oldest;
    }
    count_say(oldest);
    *oldest = (struct kind){.said_s = 0};
    (void)snprintf(oldest->text, sizeof oldest->text, "%s", text);
    return oldest;
}

/* True: a line of this kind is to be written now. */
static bool is_due(enum avo_log_level level, const char *text) {
    (void)pthread_mutex_lock(&lock);
    struct kind *kind = place_of(text);
    uint64_t now = now_s() + 1; /* zero: never said */
    bool due = kind->said_s < now;
    kind->level = level;
    if (due) {
        count_say(kind);
        kind->said_s = now;
    } else {
        kind->left_out++;
    }
    (void)pthread_mutex_unlock(&lock);
    return due;
}

void avo_log_line_seldom(enum avo_log_level level, const char *kind, const char *line) {
    if (kind == NULL || is_due(level, kind)) {
        avo_log_line(level, line);
    }
}

void avo_log_seldom(enum avo_log_level level, const char *kind, const char *format, ...) {
    char text[AVO_LOG_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    if (avo_log_text(text, format, arguments)) {
        avo_log_line_seldom(level, kind, text);
    }
    va_end(arguments);
}

void avo_log_tick(void) {
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (kinds[i].said_s < now_s() + 1) {
            count_say(&kinds[i]);
        }
    }
    (void)pthread_mutex_unlock(&lock);
}
