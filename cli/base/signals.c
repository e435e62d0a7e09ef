#include "cli/base/signals.h"
#include "base/compiler.h"
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

void avo_signals_block(sigset_t *signals) {
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    (void)sigemptyset(signals);
    for (size_t i = 0; i < AVO_COUNT(ends); i++) {
        struct sigaction action;
        if (sigaction(ends[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            (void)sigaddset(signals, ends[i]);
        }
    }
    (void)sigprocmask(SIG_BLOCK, signals, NULL);
}

bool avo_signals_pending(void) {
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGHUP) == 1);
}

int avo_signals_open(const sigset_t *signals) {
    return signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int avo_signals_take(int fd) {
    struct signalfd_siginfo info;
    sigset_t all;
    if (read(fd, &info, sizeof info) != (ssize_t)sizeof info) {
        return 0;
    }
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_UNBLOCK, &all, NULL);
    return (int)info.ssi_signo;
}
