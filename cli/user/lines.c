#include "cli/user/lines.h"
#include "cli/base/cli.h"
#include "cli/base/signals.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_BYTES 65536

struct avo_lines avo_lines(int fd, int signals) {
    return (struct avo_lines){.fd = fd, .signals = signals};
}

void avo_lines_free(struct avo_lines *lines) {
    free(lines->bytes);
}

bool avo_lines_stopped(struct avo_lines *lines) {
    if (lines->stopped_by == 0) {
        lines->stopped_by = avo_signals_take(lines->signals);
    }
    return lines->stopped_by != 0;
}

/* Room for more: what was taken goes, and the memory grows up to the longest legal line and its newline. */
static bool room_make(struct avo_lines *lines) {
    static const size_t most = AVO_LINE_MAX_BYTES + 1;
    if (lines->at > 0) {
        memmove(lines->bytes, lines->bytes + lines->at, lines->end - lines->at);
        lines->end -= lines->at;
        lines->at = 0;
    }
    if (lines->end < lines->capacity) {
        return true;
    }
    if (lines->capacity == most) {
        return false;
    }
    size_t grown = lines->capacity == 0 ? FIRST_BYTES : 2 * lines->capacity;
    lines->capacity = grown < most ? grown : most;
    lines->bytes = avo_cli_allocate(lines->bytes, lines->capacity);
    return true;
}

/* Reads once, when there is something to read or the end. */
static enum avo_line_state more_read(struct avo_lines *lines, int wait_ms) {
    for (;;) {
        struct pollfd polled[] = {{.fd = lines->fd, .events = POLLIN}, {.fd = lines->signals, .events = POLLIN}};
        int ready = poll(polled, AVO_COUNT(polled), wait_ms);
        if (avo_lines_stopped(lines)) {
            return AVO_LINE_STOPPED;
        }
        if (ready == 0) {
            return AVO_LINE_LATER;
        }
        ssize_t got = ready > 0 ? read(lines->fd, lines->bytes + lines->end, lines->capacity - lines->end) : -1;
        if (got >= 0) {
            lines->end += (size_t)got;
            lines->ended = got == 0;
            return AVO_LINE_WHOLE;
        }
        if (errno != EINTR && errno != EAGAIN) {
            return AVO_LINE_FAILED;
        }
    }
}

/* A line that is there whole: up to its newline, or to the file's end. */
static bool line_take(struct avo_lines *lines, uint8_t **line, size_t *length) {
    size_t there = lines->end - lines->at;
    uint8_t *begin = there == 0 ? NULL : lines->bytes + lines->at;
    uint8_t *newline = there == lines->looked ? NULL : memchr(begin + lines->looked, '\n', there - lines->looked);
    lines->looked = there;
    if (newline == NULL && (!lines->ended || there == 0)) {
        return false;
    }
    *line = begin;
    *length = newline != NULL ? (size_t)(newline - begin) : there;
    size_t taken = *length + (newline != NULL);
    lines->at += taken;
    lines->consumed += taken;
    lines->looked = 0;
    lines->number++;
    return true;
}

enum avo_line_state avo_lines_next(struct avo_lines *lines, int wait_ms, uint8_t **line, size_t *length) {
    while (!line_take(lines, line, length)) {
        if (lines->ended) {
            return AVO_LINE_NONE;
        }
        if (!room_make(lines)) {
            lines->number++;
            return AVO_LINE_TOO_LONG;
        }
        enum avo_line_state state = more_read(lines, wait_ms);
        if (state != AVO_LINE_WHOLE) {
            return state;
        }
    }
    return AVO_LINE_WHOLE;
}
