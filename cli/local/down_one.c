#include "cli/local/down.h"
#include "client/io/clock.h"
#include "daemon/lock.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define POLL_US 5000

/* What is thrown away goes last: while something runs, its folder keeps what stops it and what reaches its data. */
static enum avo_exit down(const char *dir, const char *name) {
    if (avo_cluster_is_hidden(dir)) {
        avo_cli_say("down: a process of %s cannot be seen from here, as one in a container or of another user: stop it there",
                    name);
        return AVO_EXIT_REFUSED;
    }
    if (!avo_cluster_stop(dir)) {
        avo_cli_say("down: a process of %s does not end, even killed; look for it with ps", name);
        return AVO_EXIT_REFUSED;
    }
    avo_cluster_mark_down(dir);
    avo_cluster_wait_left(dir);
    return AVO_EXIT_DONE;
}

enum avo_exit avo_cluster_down(const char *dir, const char *name, uint64_t patience_us) {
    uint64_t end_us = avo_clock_us() + patience_us;
    int lock = avo_lock_hold(dir, AVO_UP_LOCK);
    while (lock < 0 && errno == EWOULDBLOCK && avo_clock_us() < end_us) {
        (void)usleep(POLL_US);
        lock = avo_lock_hold(dir, AVO_UP_LOCK);
    }
    if (lock < 0 && errno == EWOULDBLOCK) {
        avo_cli_say("down: another avocado up or down works on %s; wait for it, then try again", name);
        return AVO_EXIT_REFUSED;
    }
    if (lock < 0) {
        avo_cli_say("down: %s/%s: %s; give access to it", name, AVO_UP_LOCK, strerror(errno));
        return AVO_EXIT_REFUSED;
    }
    enum avo_exit code = down(dir, name);
    (void)close(lock);
    return code;
}

uint64_t avo_cluster_down_patience_us(const struct avo_common *common) {
    return common->timeout_given ? (uint64_t)(common->timeout_s * 1e6) : 0;
}
