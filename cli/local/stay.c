/* `up --detach --restart`: who started the nodes learns how they end, so that process stays, and its parent is the command that
 * returns. */
#include "cli/base/process.h"
#include "cli/local/up.h"
#include "daemon/log.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_NAME "log/up.log"

/* The exit code of the one that stays, or of its start. */
static int parent(int ready_fd, pid_t child) {
    uint8_t code;
    int status;
    if (read(ready_fd, &code, 1) == 1) {
        return code;
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : AVO_EXIT_REFUSED;
}

bool avo_up_stay_fork(struct avo_up *up, int *code) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) {
        avo_cli_say("up: no descriptors: %s; raise `ulimit -n`", strerror(errno));
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        (void)close(fds[0]);
        up->ready_fd = fds[1];
        return true;
    }
    (void)close(fds[1]);
    if (child < 0) {
        avo_cli_say("up: no process: %s; raise `ulimit -u`", strerror(errno));
    } else {
        *code = parent(fds[0], child);
    }
    (void)close(fds[0]);
    return false;
}

void avo_up_stay(struct avo_up *up) {
    const uint8_t code = AVO_EXIT_DONE;
    char log[AVO_PATH_BYTES];
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)setsid(); /* until now a Ctrl-C at the terminal met it too */
    for (int fd = 0; fd < 3 && null_fd >= 0; fd++) {
        (void)dup2(null_fd, fd);
    }
    if (null_fd > 2) {
        (void)close(null_fd);
    }
    if (avo_cli_path(log, up->dir, LOG_NAME)) {
        (void)avo_log_put_aside(log, AVO_LOG_KEEP_DEFAULT_COUNT);
        avo_log_size((uint64_t)AVO_LOG_SIZE_DEFAULT_MIB << 20, AVO_LOG_KEEP_DEFAULT_COUNT);
        bool logs = avo_log_file(log); /* else nobody reads it */
        avo_log_info("the cluster serves; nodes that end are started again%s", logs ? "" : ", unsaid");
    }
    (void)!write(up->ready_fd, &code, 1);
    (void)close(up->ready_fd);
}
