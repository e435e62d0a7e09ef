/* Carries the lines of a measured program, which has neither clock nor log, into this program's log.
 *
 * They come over a pipe as "<N>program: text". Bounded: what comes faster than AVO_LOG_RELAY_MAX_COUNT lines in ten seconds is
 * counted, not written. */
#ifndef AVO_DAEMON_LOG_RELAY_H
#define AVO_DAEMON_LOG_RELAY_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AVO_LOG_RELAY_MAX_COUNT 500
#define AVO_LOG_RELAY_LINE_BYTES 1100

struct avo_log_relay {
    int fd;       /* the reading end, non-blocking; -1: closed */
    int write_fd; /* for the program; the caller closes it once the program has it */
    size_t length;
    char line[AVO_LOG_RELAY_LINE_BYTES];
    uint64_t window_s; /* when the current ten seconds began */
    uint32_t count;    /* lines since */
};

/* False with errno. */
AVO_MUST_USE bool avo_log_relay_open(struct avo_log_relay *relay);
/* Takes what is there. False when the program's end is closed; then fd is -1. */
bool avo_log_relay_pump(struct avo_log_relay *relay, uint64_t now_s);

#endif
