#include "daemon/service.h"
#include "daemon/lock.h"
#include "daemon/log.h"
#include "daemon/standard.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

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

static bool hangup_is_ignored(void) {
    struct sigaction action;
    return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void avo_service_begin(const char *name) {
    sigset_t hangup;
    avo_log_name(name);
    if (!avo_standard_reserve()) {
        _exit(AVO_SERVICE_REFUSED); /* there is nowhere to say it */
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)sigemptyset(&hangup);
    (void)sigaddset(&hangup, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &hangup, NULL); /* it waits for avo_service_signals */
}

int avo_service_signals(int more) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    if (!hangup_is_ignored()) { /* blocked, it would come all the same */
        (void)sigaddset(&signals, SIGHUP);
    }
    if (more != 0) {
        (void)sigaddset(&signals, more);
    }
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

bool avo_service_is_told(int signals) {
    struct signalfd_siginfo info;
    bool told = false;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        told |= info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
        if (info.ssi_signo == SIGHUP) {
            avo_log_reopen();
        }
    }
    return told;
}

int avo_service_refuse(const char *what, const char *on, const char *next) {
    avo_log_error("%s %s: %s", what, on, next);
    return AVO_SERVICE_REFUSED;
}

int avo_service_refuse_errno(const char *what, const char *on, const char *next) {
    avo_log_error("%s %s: %s: %s", what, on, strerror(errno), next);
    return AVO_SERVICE_REFUSED;
}
