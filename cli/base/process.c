#include "cli/base/process.h"
#include "cli/base/cli.h"
#include "client/io/file.h"
#include "daemon/lock.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PID_FILE_MAX_BYTES 64
#define TAIL_BYTES 600

const char *avo_program_name(enum avo_program program) {
    static const char *const names[] = {"avocado-simcpu", "avocado-cas", "avocado-las", "avocado-node", "avocado-enclave"};
    return names[program];
}

bool avo_program_path(char *to, size_t bytes, const char *name) {
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length <= 0) {
        return false;
    }
    own[length] = '\0';
    char *slash = strrchr(own, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return snprintf(to, bytes, "%s/%s", own, name) < (int)bytes;
}

pid_t avo_pid_read(const char *path) {
    struct avo_buffer text;
    if (!avo_file_take(path, PID_FILE_MAX_BYTES, &text)) {
        return 0;
    }
    long pid = strtol((const char *)text.data, NULL, 10);
    free(text.data);
    return pid > 1 && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* The text of /proc/PID/NAME, as much as fits, terminated; its length, or -1 when there is none. */
static ssize_t proc_read(pid_t pid, const char *name, char *text, size_t capacity) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, capacity - 1);
    if (fd >= 0) {
        (void)close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
    return length;
}

/* Fields 3, 4 and 24 of /proc/PID/stat, counted from behind the name in parentheses. */
bool avo_process_look(pid_t pid, struct avo_process_look *look) {
    char text[512];
    if (proc_read(pid, "stat", text, sizeof text) <= 0) {
        return false;
    }
    const char *end = strrchr(text, ')');
    int parent = 0;
    long long pages = 0;
    if (end == NULL || sscanf(end + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u %lld",
                              &look->state, &parent, &pages) != 3) {
        return false;
    }
    look->parent = (pid_t)parent;
    look->resident_bytes = pages < 0 ? 0 : (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}

bool avo_process_runs(pid_t pid) {
    struct avo_process_look look;
    return avo_process_look(pid, &look) && look.state != 'Z' && look.state != 'X';
}

static bool pid_path(char path[AVO_PATH_BYTES], const char *dir, enum avo_program program, unsigned slot) {
    int length = 0;
    switch (program) {
    case AVO_PROGRAM_SIMCPU:
        length = snprintf(path, AVO_PATH_BYTES, "%s/simcpu/simcpu.pid", dir);
        break;
    case AVO_PROGRAM_CAS:
        length = snprintf(path, AVO_PATH_BYTES, "%s/cas/cas.pid", dir);
        break;
    case AVO_PROGRAM_LAS:
        length = snprintf(path, AVO_PATH_BYTES, "%s/las/las.pid", dir);
        break;
    case AVO_PROGRAM_NODE:
        length = snprintf(path, AVO_PATH_BYTES, "%s/node-%u/host.pid", dir, slot);
        break;
    case AVO_PROGRAM_ENCLAVE:
        length = snprintf(path, AVO_PATH_BYTES, "%s/node-%u/enclave.pid", dir, slot);
        break;
    }
    return length < AVO_PATH_BYTES;
}

pid_t avo_program_pid(const char *dir, enum avo_program program, unsigned slot) {
    char path[AVO_PATH_BYTES];
    struct avo_process_look look;
    pid_t pid = 0;
    if (!pid_path(path, dir, program, slot)) {
        return 0;
    }
    if (program != AVO_PROGRAM_ENCLAVE) {
        pid = avo_lock_holder(path);
        return pid > 0 ? pid : 0;
    }
    /* An enclave holds no lock. It is a child of this folder's CPU, which it does not outlive. */
    pid_t cpu = avo_program_pid(dir, AVO_PROGRAM_SIMCPU, 0);
    pid = cpu == 0 ? 0 : avo_pid_read(path);
    bool runs = pid != 0 && avo_process_look(pid, &look) && look.state != 'Z' && look.state != 'X' && look.parent == cpu;
    return runs ? pid : 0;
}

bool avo_program_is_hidden(const char *dir, enum avo_program program, unsigned slot) {
    char path[AVO_PATH_BYTES];
    return program != AVO_PROGRAM_ENCLAVE && pid_path(path, dir, program, slot) && avo_lock_holder(path) == AVO_LOCK_HIDDEN;
}

int avo_log_open(const char *log) {
    return open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

static _Noreturn void become(char *const *arguments, int log_fd, int failure_fd) {
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t hangup; /* waits until the program has said what it does with it */
    (void)sigemptyset(&hangup);
    (void)sigaddset(&hangup, SIGHUP);
    (void)sigprocmask(SIG_SETMASK, &hangup, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL); /* of our own terminal: a session of its own has none */
    bool standard = null_fd >= 0 && dup2(null_fd, 0) >= 0 && dup2(log_fd, 1) >= 0 && dup2(log_fd, 2) >= 0;
    if (setsid() >= 0 && standard && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
        (void)execv(arguments[0], arguments);
    }
    int number = errno;
    (void)!write(failure_fd, &number, sizeof number);
    _exit(127);
}

pid_t avo_process_start(char *const *arguments, const char *log) {
    int pipe_fd[2];
    int number = 0;
    int log_fd = avo_log_open(log);
    if (log_fd < 0) {
        return 0;
    }
    if (pipe2(pipe_fd, O_CLOEXEC) != 0) {
        (void)close(log_fd);
        return 0;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(arguments, log_fd, pipe_fd[1]);
    }
    (void)close(pipe_fd[1]);
    (void)close(log_fd);
    bool failed = pid < 0 || read(pipe_fd[0], &number, sizeof number) == (ssize_t)sizeof number;
    (void)close(pipe_fd[0]);
    errno = number != 0 ? number : errno;
    return failed ? 0 : pid;
}

/* A full disk says so only to its writer. */
const char *avo_log_silence(const char *log) {
    int fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool writable = fd >= 0 && write(fd, "\n", 1) == 1;
    const char *why = writable ? "it said nothing" : strerror(errno);
    if (fd >= 0) {
        (void)close(fd);
    }
    return why;
}

void avo_log_tail(const char *log, char *to, size_t bytes) {
    char text[TAIL_BYTES + 1];
    int fd = open(log, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    ssize_t length = fd < 0 ? 0 : pread(fd, text, TAIL_BYTES, from);
    if (fd >= 0) {
        (void)close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
    size_t end = strlen(text);
    while (end > 0 && isspace((unsigned char)text[end - 1]) != 0) {
        text[--end] = '\0';
    }
    bool cut = from > 0 || end >= bytes;
    char *start = end >= bytes ? text + end - bytes + 1 : text;
    char *line = cut ? strchr(start, '\n') : NULL;
    start = line != NULL ? line + 1 : start;
    (void)snprintf(to, bytes, "%s", start);
    for (char *at = to; *at != '\0'; at++) {
        *at = *at == '\n' ? '|' : *at;
    }
}
