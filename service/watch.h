/* What every inside polls beside its own sockets: the TEE it runs in, signals, and the outside that had it started. */
#ifndef AVO_SERVICE_WATCH_H
#define AVO_SERVICE_WATCH_H

#include "base/compiler.h"
#include <poll.h>
#include <stdint.h>

#define AVO_WATCH_COUNT 3

struct avo_watch {
    int tee;     /* its end ends the daemon; -1: not seen */
    int signals; /* of avo_service_signals; -1: none */
    int outside; /* its end ends it; -1: nobody */
};

/* How serving goes on, or ended. */
enum avo_watch_ending {
    AVO_WATCH_GOES_ON = 0,
    AVO_WATCH_TOLD = 1, /* by a signal or by the outside's end */
    AVO_WATCH_TEE = 2,  /* the TEE is gone */
    AVO_WATCH_DONE = 3, /* the daemon itself has nothing more to do; it said why */
};

void avo_watch_prepare(const struct avo_watch *watch, struct pollfd fds[AVO_WATCH_COUNT]);
/* After poll(2) filled `fds`. */
AVO_MUST_USE enum avo_watch_ending avo_watch_look(const struct pollfd fds[AVO_WATCH_COUNT]);

/* A clock that goes forward. */
uint64_t avo_watch_now_us(void);

#endif
