#include "service/watch.h"
#include "daemon/service.h"
#include <time.h>

enum { POLL_TEE, POLL_SIGNALS, POLL_OUTSIDE };

void avo_watch_prepare(const struct avo_watch *watch, struct pollfd fds[AVO_WATCH_COUNT]) {
    fds[POLL_TEE] = (struct pollfd){watch->tee, 0, 0};
    fds[POLL_SIGNALS] = (struct pollfd){watch->signals, POLLIN, 0};
    fds[POLL_OUTSIDE] = (struct pollfd){watch->outside, POLLIN, 0};
}

enum avo_watch_ending avo_watch_look(const struct pollfd fds[AVO_WATCH_COUNT]) {
    if ((fds[POLL_SIGNALS].revents != 0 && avo_service_is_told(fds[POLL_SIGNALS].fd)) || fds[POLL_OUTSIDE].revents != 0) {
        return AVO_WATCH_TOLD;
    }
    return fds[POLL_TEE].revents != 0 ? AVO_WATCH_TEE : AVO_WATCH_GOES_ON;
}

uint64_t avo_watch_now_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
