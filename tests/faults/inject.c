/* Runs a command and lets one system call of one of its programs fail. How tests break a start-up at every place, static measured
 * programs included: by ptrace, from main() on, until the command ends; what it left running then goes on untouched.
 *
 * usage: inject KIND N PROGRAM MAIN REPORT COMMAND...
 *   KIND     fail: the N-th call fails with what such a call fails with when the machine is short of something
 *            starve: the N-th call for memory and all later ones fail
 *            interrupt: the N-th call that can be interrupted is
 *            short: the N-th call that moves bytes of a file or a stream moves one
 *   N        from 1 on; 0: none, only count
 *   PROGRAM  the name of its file: only its processes count, those it forks too until they run another program
 *   MAIN     main()'s address less that of the entry point, in hexadecimal
 *   REPORT   a file that gets one line for each call counted, up to the one that failed
 * Exits as COMMAND does.
 */
#include "tests/faults/calls.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASK_MAX 256
#define OPTIONS                                                                                                                    \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |                 \
     PTRACE_O_EXITKILL)
#define TRAP_INSTRUCTION 0xccUL

enum kind { FAIL, STARVE, INTERRUPT, SHORT };

struct task {
    pid_t pid;    /* 0: free */
    bool armed;   /* runs PROGRAM, and stops at main() */
    bool counted; /* is beyond it */
    bool fails;   /* the call it is in */
    bool changed; /* the arguments of that call, which are `first` and `third` */
    uint64_t first;
    uint64_t third;
    bool known; /* its parent's report came: until then it waits, since what it is follows from its parent */
    bool waits;
    uint64_t main_at;
    long under_trap; /* what the trap at main() overwrote */
};

struct inject {
    enum kind kind;
    unsigned long n;
    const char *program;
    uint64_t main_delta;
    FILE *report;
    pid_t root;
    unsigned long count;
    bool over; /* the command ended: what still runs is let go whole */
    int error;
    struct task tasks[TASK_MAX];
};

static struct task *task_of(struct inject *inject, pid_t pid) {
    struct task *free_one = NULL;
    for (size_t i = 0; i < TASK_MAX; i++) {
        if (inject->tasks[i].pid == pid) {
            return &inject->tasks[i];
        }
        if (free_one == NULL && inject->tasks[i].pid == 0) {
            free_one = &inject->tasks[i];
        }
    }
    if (free_one != NULL) {
        *free_one = (struct task){.pid = pid};
    }
    return free_one;
}

/* Where main() of the program that `pid` runs begins; 0: it runs another program. */
static uint64_t main_of(const struct inject *inject, pid_t pid) {
    char path[64], exe[PATH_MAX];
    Elf64_auxv_t entry;
    (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(path, exe, sizeof exe - 1);
    exe[length > 0 ? length : 0] = '\0';
    const char *name = strrchr(exe, '/');
    name = name != NULL && strncmp(name + 1, "memfd:", 6) == 0 ? name + 7 : name != NULL ? name + 1 : "";
    size_t name_length = strcspn(name, " ");
    if (name_length != strlen(inject->program) || strncmp(name, inject->program, name_length) != 0) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t found = 0;
    while (fd >= 0 && found == 0 && read(fd, &entry, sizeof entry) == (ssize_t)sizeof entry) {
        found = entry.a_type == AT_ENTRY ? entry.a_un.a_val + inject->main_delta : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    return found;
}

static void on_exec(struct inject *inject, struct task *task) {
    *task = (struct task){.pid = task->pid, .known = true, .main_at = main_of(inject, task->pid)};
    if (task->main_at != 0) {
        errno = 0;
        task->under_trap = ptrace(PTRACE_PEEKTEXT, task->pid, task->main_at, 0);
        task->armed = errno == 0 &&
                      ptrace(PTRACE_POKETEXT, task->pid, task->main_at, (task->under_trap & ~0xffL) | (long)TRAP_INSTRUCTION) == 0;
    }
}

/* True when the trap at main() was hit. */
static bool on_trap(struct task *task) {
    struct user_regs_struct registers;
    if (!task->armed || ptrace(PTRACE_GETREGS, task->pid, 0, &registers) != 0 || registers.rip != task->main_at + 1) {
        return false;
    }
    registers.rip--;
    (void)ptrace(PTRACE_POKETEXT, task->pid, task->main_at, task->under_trap);
    (void)ptrace(PTRACE_SETREGS, task->pid, 0, &registers);
    task->armed = false;
    task->counted = true;
    return true;
}

static void path_of(pid_t pid, uint64_t fd, char to[PATH_MAX]) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, (int)fd);
    ssize_t length = readlink(path, to, PATH_MAX - 1);
    to[length > 0 ? length : 0] = '\0';
}

/* Bytes of a file or a stream may come in any pieces; datagrams, and what is written to a pipe at once, may not. */
static bool is_stream(pid_t pid, uint64_t fd) {
    char path[PATH_MAX];
    int type = 0;
    socklen_t length = sizeof type;
    path_of(pid, fd, path);
    if (strncmp(path, "socket:", 7) != 0) {
        return path[0] == '/';
    }
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int copy = (int)syscall(SYS_pidfd_getfd, process, (int)fd, 0);
    bool stream = copy >= 0 && getsockopt(copy, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
    close(copy);
    close(process);
    return stream;
}

static bool counts(const struct inject *inject, const struct task *task, const struct avo_call *call,
                   const struct user_regs_struct *registers) {
    switch (inject->kind) {
    case FAIL:
        return true;
    case STARVE:
        return (call->traits & AVO_CALL_MEMORY) != 0;
    case INTERRUPT:
        return (call->traits & AVO_CALL_INTERRUPTIBLE) != 0;
    case SHORT:
        return (call->traits & AVO_CALL_STREAM) != 0 && registers->rdx > 1 && is_stream(task->pid, registers->rdi);
    }
    return false;
}

/* The first argument as a path when it is one: enough to recognise a call by. */
static void describe(const struct inject *inject, const struct task *task, const struct avo_call *call,
                     const struct user_regs_struct *registers) {
    static const long by_path[] = {SYS_open, SYS_mkdir, SYS_rename, SYS_unlink, SYS_access, SYS_readlink, SYS_rmdir, SYS_chmod};
    static const long by_nothing[] = {SYS_brk, SYS_mmap, SYS_socket, SYS_socketpair, SYS_prctl, SYS_poll, SYS_memfd_create};
    char path[PATH_MAX] = "";
    uint64_t at = registers->rdi;
    bool text = call->number == SYS_openat || call->number == SYS_newfstatat || call->number == SYS_symlink;
    at = text ? registers->rsi : at;
    for (size_t i = 0; i < sizeof by_path / sizeof by_path[0]; i++) {
        text |= call->number == by_path[i];
    }
    if (text) {
        char memory[64];
        (void)snprintf(memory, sizeof memory, "/proc/%d/mem", (int)task->pid);
        int fd = open(memory, O_RDONLY | O_CLOEXEC);
        ssize_t got = pread(fd, path, sizeof path - 1, (off_t)at);
        path[got > 0 ? got : 0] = '\0';
        close(fd);
    }
    for (size_t i = 0; i < sizeof by_nothing / sizeof by_nothing[0]; i++) {
        text |= call->number == by_nothing[i];
    }
    if (!text) {
        path_of(task->pid, at, path);
    }
    const char *result = inject->count != inject->n ? "" : inject->kind == SHORT ? "1 byte" : strerrorname_np(inject->error);
    (void)fprintf(inject->report, "%s(%s)%s%s\n", call->name, path, inject->count == inject->n ? " " : "", result);
    (void)fflush(inject->report);
}

static void on_enter(struct inject *inject, struct task *task) {
    struct user_regs_struct registers;
    if (inject->over || !task->counted || ptrace(PTRACE_GETREGS, task->pid, 0, &registers) != 0) {
        return;
    }
    const struct avo_call *call = avo_call_find((long)registers.orig_rax);
    if (call == NULL || !counts(inject, task, call, &registers)) {
        return;
    }
    inject->count++;
    if (inject->count == inject->n) {
        inject->error = inject->kind == INTERRUPT ? EINTR : call->error;
    }
    if (inject->n == 0 || inject->count <= inject->n) {
        describe(inject, task, call, &registers);
    }
    bool later = inject->kind == STARVE && inject->n > 0 && inject->count > inject->n;
    if (inject->count != inject->n && !later) {
        return;
    }
    task->first = registers.rdi;
    task->third = registers.rdx;
    task->changed = inject->kind == SHORT || call->number == SYS_brk;
    task->fails = !task->changed;
    if (inject->kind == SHORT) {
        registers.rdx = 1;
    } else if (call->number == SYS_brk) {
        registers.rdi = 0; /* a brk that fails returns where the break is */
    } else {
        registers.orig_rax = SYS_sched_yield; /* a filter of system calls lets it pass, and no one misses what it does */
    }
    (void)ptrace(PTRACE_SETREGS, task->pid, 0, &registers);
}

static void on_leave(const struct inject *inject, struct task *task) {
    struct user_regs_struct registers;
    if ((task->fails || task->changed) && ptrace(PTRACE_GETREGS, task->pid, 0, &registers) == 0) {
        registers.rax = task->fails ? (unsigned long long)-(long long)inject->error : registers.rax;
        registers.rdi = task->first; /* what a call leaves as it was */
        registers.rdx = task->third;
        (void)ptrace(PTRACE_SETREGS, task->pid, 0, &registers);
    }
    task->changed = false;
    task->fails = false;
}

static void on_call(struct inject *inject, struct task *task) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof info, &info) <= 0) {
        return;
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        on_enter(inject, task);
    } else {
        on_leave(inject, task);
    }
}

static void on_child(const struct task *parent, struct task *child) {
    bool waits = child->waits;
    pid_t pid = child->pid;
    *child = *parent;
    child->pid = pid;
    child->fails = false;
    child->changed = false;
    if (waits) {
        (void)ptrace(PTRACE_SYSCALL, pid, 0, 0);
    }
}

/* Handles one stop; returns the signal to go on with. */
static int on_stop(struct inject *inject, struct task *task, int status) {
    int number = WSTOPSIG(status);
    unsigned long message = 0;
    switch (status >> 16) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        if (ptrace(PTRACE_GETEVENTMSG, task->pid, 0, &message) == 0) {
            on_child(task, task_of(inject, (pid_t)message));
        }
        return 0;
    case PTRACE_EVENT_EXEC:
        on_exec(inject, task);
        return 0;
    case 0:
        break;
    default:
        return 0; /* the first stop of a new task, or a stop of its group */
    }
    if (number == (SIGTRAP | 0x80)) {
        on_call(inject, task);
        return 0;
    }
    return number == SIGTRAP && on_trap(task) ? 0 : number;
}

/* Lets go of all that still runs: each is stopped first, since only a stopped task can be let go. */
static void let_go(struct inject *inject) {
    inject->over = true;
    for (size_t i = 0; i < TASK_MAX; i++) {
        struct task *task = &inject->tasks[i];
        int status = 0;
        if (task->pid == 0 || ptrace(PTRACE_INTERRUPT, task->pid, 0, 0) != 0 || waitpid(task->pid, &status, __WALL) < 0 ||
            !WIFSTOPPED(status)) {
            continue;
        }
        int number = on_stop(inject, task, status);
        while ((task->fails || task->changed) && ptrace(PTRACE_SYSCALL, task->pid, 0, number) == 0 &&
               waitpid(task->pid, &status, __WALL) >= 0 && WIFSTOPPED(status)) { /* to the end of the call that is to fail */
            number = on_stop(inject, task, status);
        }
        if (task->armed) {
            (void)ptrace(PTRACE_POKETEXT, task->pid, task->main_at, task->under_trap);
        }
        (void)ptrace(PTRACE_DETACH, task->pid, 0, number);
    }
}

static int follow(struct inject *inject) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0) {
            return 125;
        }
        struct task *task = task_of(inject, pid);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            task->pid = 0;
            if (pid == inject->root) {
                let_go(inject);
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            continue;
        }
        if (!task->known) {
            task->waits = true;
            continue;
        }
        int number = on_stop(inject, task, status);
        (void)ptrace(PTRACE_SYSCALL, pid, 0, number);
    }
}

static int begin(struct inject *inject, char **command) {
    int gate[2];
    char byte = 0;
    if (pipe2(gate, O_CLOEXEC) != 0) {
        return 125;
    }
    inject->root = fork();
    if (inject->root == 0) {
        (void)!read(gate[0], &byte, 1);
        (void)execv(command[0], command);
        _exit(127);
    }
    int status;
    if (inject->root < 0 || ptrace(PTRACE_SEIZE, inject->root, 0, OPTIONS) != 0 ||
        ptrace(PTRACE_INTERRUPT, inject->root, 0, 0) != 0 || waitpid(inject->root, &status, 0) < 0 ||
        ptrace(PTRACE_SYSCALL, inject->root, 0, 0) != 0 || write(gate[1], "", 1) != 1) {
        perror("inject: cannot trace");
        return 125;
    }
    task_of(inject, inject->root)->known = true;
    return follow(inject);
}

int main(int argc, char **argv) {
    static const char *const kinds[] = {"fail", "starve", "interrupt", "short"};
    static struct inject inject;
    size_t kind = 0;
    while (argc >= 7 && kind < sizeof kinds / sizeof kinds[0] && strcmp(argv[1], kinds[kind]) != 0) {
        kind++;
    }
    if (argc < 7 || kind == sizeof kinds / sizeof kinds[0]) {
        (void)fprintf(stderr, "usage: inject fail|starve|interrupt|short N PROGRAM MAIN REPORT COMMAND...\n");
        return 125;
    }
    inject = (struct inject){.kind = (enum kind)kind,
                             .n = strtoul(argv[2], NULL, 10),
                             .program = argv[3],
                             .main_delta = strtoull(argv[4], NULL, 16),
                             .report = fopen(argv[5], "we")};
    if (inject.report == NULL) {
        perror(argv[5]);
        return 125;
    }
    return begin(&inject, &argv[6]);
}
