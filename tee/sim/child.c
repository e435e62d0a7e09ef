#include "tee/sim/child.h"
#include "tee/inside/instruction.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define HIGH_FD 512 /* beyond every number that a child's descriptors get */

struct plan {
    int from[AVO_INSTRUCTION_FIRST_PASSED_FD + AVO_SIMCPU_DESCRIPTOR_MAX_COUNT]; /* index: the number it gets */
    size_t count;
    int image_fd;
    int failure_fd;
};

static _Noreturn void child_fail(int failure_fd) {
    int number = errno;
    (void)!write(failure_fd, &number, sizeof number);
    _exit(127);
}

/* All descriptors go out of the way first, then each to its place, so that none is overwritten before it was moved. */
static bool place_descriptors(struct plan *plan) {
    int failure_fd = fcntl(plan->failure_fd, F_DUPFD_CLOEXEC, HIGH_FD);
    if (failure_fd < 0) {
        return false; /* said on the old one */
    }
    plan->failure_fd = failure_fd;
    plan->image_fd = fcntl(plan->image_fd, F_DUPFD_CLOEXEC, HIGH_FD);
    if (plan->image_fd < 0) {
        return false;
    }
    for (size_t i = 0; i < plan->count; i++) {
        plan->from[i] = fcntl(plan->from[i], F_DUPFD_CLOEXEC, HIGH_FD);
        if (plan->from[i] < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < plan->count; i++) {
        if (dup2(plan->from[i], (int)i) < 0) {
            return false;
        }
    }
    return close_range((unsigned)plan->count, ~0U, CLOSE_RANGE_CLOEXEC) == 0; /* nothing else that this process inherited */
}

static _Noreturn void child_run(struct plan *plan, const struct avo_simcpu_arguments *arguments, pid_t parent) {
    char *const no_environment[] = {NULL};
    sigset_t hangup; /* waits until the program has said what it does with it */
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    sigprocmask(SIG_SETMASK, &hangup, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || !place_descriptors(plan) || getppid() != parent) {
        child_fail(plan->failure_fd);
    }
    fexecve(plan->image_fd, arguments->text, no_environment);
    child_fail(plan->failure_fd);
}

/* Waits until the child runs its program (the pipe closes) or says what failed. */
static bool child_runs(int failure_fd, char *why, const char *name) {
    int number;
    ssize_t got;
    do {
        got = read(failure_fd, &number, sizeof number);
    } while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof number) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "cannot run %.128s: %s", name, strerror(number));
    }
    return got == 0;
}

static struct plan plan_of(const struct avo_image *image, int null_fd, int instruction_fd, const int *descriptors, size_t count) {
    struct plan plan = {.image_fd = image->fd};
    plan.from[0] = null_fd;
    plan.from[1] = descriptors[AVO_SIMCPU_DESCRIPTOR_LOG];
    plan.from[2] = descriptors[AVO_SIMCPU_DESCRIPTOR_LOG];
    plan.from[AVO_INSTRUCTION_FD] = instruction_fd;
    plan.count = AVO_INSTRUCTION_FIRST_PASSED_FD;
    for (size_t i = AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED; i < count; i++) {
        plan.from[plan.count++] = descriptors[i];
    }
    return plan;
}

enum avo_error avo_child_start(const struct avo_image *image, const struct avo_simcpu_arguments *arguments, const int *descriptors,
                               size_t descriptor_count, struct avo_child *child, char why[AVO_SIMCPU_WHY_BYTES]) {
    int channel[2] = {-1, -1};
    int failure[2] = {-1, -1};
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool runs = false;
    pid_t self = getpid();
    snprintf(why, AVO_SIMCPU_WHY_BYTES, "no descriptors or processes left to start %.128s", arguments->text[0]);
    if (null_fd >= 0 && pipe2(failure, O_CLOEXEC) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) == 0) {
        struct plan plan = plan_of(image, null_fd, channel[1], descriptors, descriptor_count);
        plan.failure_fd = failure[1];
        child->process = fork();
        if (child->process == 0) {
            child_run(&plan, arguments, self);
        }
        close(failure[1]);
        failure[1] = -1;
        runs = child->process > 0 && child_runs(failure[0], why, arguments->text[0]);
    }
    int to_close[] = {null_fd, failure[0], failure[1], channel[1], runs ? -1 : channel[0]};
    for (size_t i = 0; i < AVO_COUNT(to_close); i++) {
        if (to_close[i] >= 0) {
            close(to_close[i]);
        }
    }
    child->instruction_fd = channel[0];
    memcpy(child->measurement, image->measurement, sizeof child->measurement);
    return runs ? AVO_OK : AVO_EIO;
}
