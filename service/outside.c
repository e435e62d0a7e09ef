#include "service/outside.h"
#include "daemon/log.h"
#include "daemon/log_relay.h"
#include "daemon/notify.h"
#include "daemon/retry.h"
#include "daemon/service.h"
#include "tee/inside/inside.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "/proc/self/exe"
#define EXIT_REFUSED 2
#define EXIT_INSIDE_GONE 1
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 2000
#define END_WAIT_MS 5000

static int socket_type(int fd) {
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 ? type : 0;
}

int avo_outside_fd(void) {
    return avo_tee_inside() != NULL && socket_type(AVO_TEE_FIRST_PASSED_FD) == SOCK_STREAM ? AVO_TEE_FIRST_PASSED_FD : -1;
}

void avo_outside_ready(int fd) {
    const uint8_t ready[] = {1};
    (void)avo_send_whole(fd, AVO_SLICE_OF(ready));
}

enum avo_error avo_outside_start(const struct avo_tee_start *start, struct avo_tee_started *started, int signals,
                                 char why[AVO_TEE_WHY_BYTES]) {
    enum avo_error error;
    int wait_ms = RETRY_MIN_MS;
    while ((error = avo_tee_outside()->start(start, started, why)) == AVO_EBUSY) {
        struct pollfd stop = {.fd = signals, .events = POLLIN};
        if (wait_ms == RETRY_MIN_MS) {
            avo_log_warn("%s; trying again", why);
        }
        if (avo_poll_for(&stop, 1, wait_ms) > 0 && avo_service_is_told(signals)) {
            break;
        }
        wait_ms = 2 * wait_ms < RETRY_MAX_MS ? 2 * wait_ms : RETRY_MAX_MS;
    }
    return error;
}

struct outside {
    int signals;
    int inside; /* our end: readable once it is ready, and when it ends */
    struct avo_log_relay log;
    struct avo_tee_started started;
};

static bool prepare(struct outside *outside, int *passed) {
    int pair[2];
    outside->signals = avo_service_signals(0);
    if (outside->signals < 0 || !avo_log_relay_open(&outside->log) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        avo_log_error("cannot open descriptors: %s; allow more (ulimit -n)", strerror(errno));
        return false;
    }
    outside->inside = pair[0];
    *passed = pair[1];
    return true;
}

static int ended(struct outside *outside) {
    int status;
    (void)avo_log_relay_pump(&outside->log, 0); /* its last words */
    if (avo_tee_outside()->ended(outside->started.connection, &status) != AVO_OK) {
        avo_log_error("%s is gone, and the measured program with it", avo_tee_outside()->name);
        return EXIT_INSIDE_GONE;
    }
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    avo_log_error("the measured program was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return EXIT_INSIDE_GONE;
}

/* Its end of the socket tells it to end; one that does not is killed. */
static int end(struct outside *outside) {
    struct pollfd over = {.fd = outside->started.connection, .events = POLLIN};
    avo_log_info("told to end");
    avo_notify("STOPPING=1");
    (void)close(outside->inside);
    if (avo_poll_for(&over, 1, END_WAIT_MS) == 0) {
        (void)kill((pid_t)outside->started.process_id, SIGKILL);
        (void)avo_poll_for(&over, 1, END_WAIT_MS);
    }
    (void)avo_log_relay_pump(&outside->log, 0);
    return 0;
}

enum { POLL_SIGNAL, POLL_ENDED, POLL_READY, POLL_LOG, POLL_COUNT };

static int watch(struct outside *outside) {
    for (bool ready = false;;) {
        uint8_t byte;
        struct pollfd polls[POLL_COUNT] = {{.fd = outside->signals, .events = POLLIN},
                                           {.fd = outside->started.connection, .events = POLLIN},
                                           {.fd = ready ? -1 : outside->inside, .events = POLLIN},
                                           {.fd = outside->log.fd, .events = POLLIN}};
        (void)poll(polls, POLL_COUNT, -1);
        if (polls[POLL_LOG].revents != 0) {
            (void)avo_log_relay_pump(&outside->log, (uint64_t)time(NULL));
        }
        if (polls[POLL_SIGNAL].revents != 0 && avo_service_is_told(outside->signals)) {
            return end(outside);
        }
        if (polls[POLL_ENDED].revents != 0) {
            return ended(outside);
        }
        if (polls[POLL_READY].revents != 0) {
            ready = true;
            if (recv(outside->inside, &byte, sizeof byte, MSG_DONTWAIT) == 1) {
                avo_notify("READY=1");
            }
        }
    }
}

static int run(const char *place, const char *const *arguments, size_t argument_count) {
    struct outside outside = {0};
    int passed = -1;
    char why[AVO_TEE_WHY_BYTES];
    if (!prepare(&outside, &passed)) {
        return EXIT_REFUSED;
    }
    const struct avo_tee_start start = {.place = place,
                                        .file = PROGRAM,
                                        .arguments = arguments,
                                        .argument_count = argument_count,
                                        .log_fd = outside.log.write_fd,
                                        .descriptors = &passed,
                                        .descriptor_count = 1};
    enum avo_error error = avo_outside_start(&start, &outside.started, outside.signals, why);
    (void)close(passed);
    (void)close(outside.log.write_fd);
    if (error != AVO_OK) {
        avo_log_error("%s", why);
        return error == AVO_EBUSY ? 0 : EXIT_REFUSED; /* told to end while it waited */
    }
    return watch(&outside);
}

int avo_outside_run(const struct avo_outside_settings *settings) {
    char program[PATH_MAX] = "";
    const char *arguments[2 * AVO_SETTINGS_MAX_COUNT + 2];
    if (avo_settings_print(settings->settings)) {
        return 0;
    }
    if (settings->dir != NULL && mkdir(settings->dir, 0700) != 0 && errno != EEXIST) {
        avo_log_error("folder %s: %s; make its parent folder, or give another --dir", settings->dir, strerror(errno));
        return EXIT_REFUSED;
    }
    if (readlink(PROGRAM, program, sizeof program - 1) <= 0) {
        avo_log_error("cannot tell which program this is: %s; mount /proc", strerror(errno));
        return EXIT_REFUSED;
    }
    return run(settings->place, arguments, avo_settings_line(settings->settings, program, "simcpu", arguments));
}
