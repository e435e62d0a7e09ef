#include "daemon/service.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

bool avo_service_lock(const char *dir, const char *name) {
    char path[PATH_MAX];
    char text[16];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0 && write(fd, text, (size_t)length) == length;
}

int avo_service_signals(void) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}
