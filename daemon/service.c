#include "daemon/service.h"
#include "daemon/log.h"
#include "daemon/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

static bool locked(int fd) {
    int result;
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

static bool pid_written(int fd) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d\n", (int)getpid());
    return avo_write_all(fd, avo_slice_string(text));
}

int avo_service_lock(const char *dir, const char *name) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || (locked(fd) && ftruncate(fd, 0) == 0 && pid_written(fd))) {
        return fd;
    }
    int kept = errno;
    (void)close(fd);
    errno = kept;
    return -1;
}

int avo_service_signals(void) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int avo_service_refuse(const char *what, const char *on, const char *next) {
    avo_log_error("%s %s: %s", what, on, next);
    return AVO_SERVICE_REFUSED;
}

int avo_service_refuse_errno(const char *what, const char *on, const char *next) {
    avo_log_error("%s %s: %s: %s", what, on, strerror(errno), next);
    return AVO_SERVICE_REFUSED;
}
