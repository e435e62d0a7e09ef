#include "daemon/service.h"
#include "daemon/lock.h"
#include "daemon/log.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

int avo_service_folder_take(const char *dir, const char *name, const char *who) {
    char what[64], next[96];
    if (avo_lock_take(dir, name) >= 0) {
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
