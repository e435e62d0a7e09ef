/* The lines of a load file, one at a time in memory of bounded size; a signal ends them. */
#ifndef AVO_CLI_USER_LINES_H
#define AVO_CLI_USER_LINES_H

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/limits.h"
#include <stdbool.h>

/* The longest that can be legal, without its newline: key, TAB and value, each byte an escape \xHH. */
#define AVO_LINE_MAX_BYTES (4 * (AVO_KEY_MAX_BYTES + AVO_VALUE_MAX_BYTES) + 1)

enum avo_line_state {
    AVO_LINE_WHOLE,
    AVO_LINE_NONE,     /* the file's end */
    AVO_LINE_LATER,    /* nothing came within the wait */
    AVO_LINE_TOO_LONG, /* more than AVO_LINE_MAX_BYTES; what follows is not read */
    AVO_LINE_STOPPED,  /* a signal came; or came before */
    AVO_LINE_FAILED,   /* errno says why */
};

struct avo_lines {
    int fd;            /* borrowed */
    int signals;       /* of avo_signals_open; borrowed */
    int stopped_by;    /* the signal that came; 0: none */
    uint64_t number;   /* of the line read last, from 1 */
    uint64_t consumed; /* bytes of the file up to its end */
    uint8_t *bytes;    /* what was read ahead; the line read last begins at `at` */
    size_t capacity;
    size_t at;
    size_t looked; /* bytes from there on that hold no newline */
    size_t end;
    bool ended;
};

struct avo_lines avo_lines(int fd, int signals);
void avo_lines_free(struct avo_lines *lines);
/* The next line, without its newline: it may be changed, and lives until the next call. Waits so long for the file to have more
 * (-1: as long as it takes). */
AVO_MUST_USE enum avo_line_state avo_lines_next(struct avo_lines *lines, int wait_ms, uint8_t **line, size_t *length);
/* Whether a signal came since; looks, and does not wait. */
bool avo_lines_stopped(struct avo_lines *lines);

#endif
