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
#include <sys/stat.h>
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

/* Whoever had it may have removed it before it was locked here: then this lock keeps nobody out. */
static bool is_removed(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_nlink == 0;
}

/* The file, locked; -1 with errno. */
static int locked_open(const char *path) {
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        bool mine = fd >= 0 && locked(fd);
        if (fd < 0 || (mine && !is_removed(fd))) {
            return fd;
        }
        int kept = errno;
        (void)close(fd);
        if (!mine) {
            errno = kept;
            return -1;
        }
    }
}

int avo_service_lock(const char *dir, const char *name) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = locked_open(path);
    if (fd < 0 || (ftruncate(fd, 0) == 0 && pid_written(fd))) {
        return fd;
    }
    int kept = errno;
    (void)close(fd);
    errno = kept;
    return -1;
}

int avo_service_folder_take(const char *dir, const char *name, const char *who) {
    char what[64], next[96];
    if (avo_service_lock(dir, name) >= 0) {
        return 0;
    }
    if (errno == EWOULDBLOCK) {
        (void)snprintf(next, sizeof next, "another %s serves it: stop that one, or give another --dir", who);
        return avo_service_refuse("folder", dir, next);
    }
    (void)snprintf(what, sizeof what, "%s in", name);
    return avo_service_refuse_errno(what, dir, "make room or give access, or give another --dir");
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
