/* The walls: what is left works, and everything else ends the process. Each case is a child of its own. */
#include "trusted/process/doorbell.h"
#include "trusted/process/exit.h"
#include "trusted/process/memory.h"
#include "trusted/process/sandbox.h"
#include "trusted/process/seed.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* The child's end of a doorbell that was rung three times. */
static int rung(int *other) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(write(pair[0], "abc", 3), 3);
    *other = pair[0];
    return pair[1];
}

/* How a child ends that does `act` behind the walls; 7 when it survives. */
static int ending(void (*act)(int fd)) {
    int other;
    int fd = rung(&other);
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (avo_sandbox_harden() != AVO_OK || avo_sandbox_enter((struct avo_sandbox){fd, fd, AVO_SANDBOX_NO_FD}) != AVO_OK) {
            syscall(SYS_exit_group, 6);
        }
        act(fd);
        syscall(SYS_exit_group, 7);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(fd);
    close(other);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void use_doorbell(int fd) {
    avo_doorbell_wait(fd);
    avo_doorbell_ring(fd);
}

static void yield(int fd) {
    (void)fd;
    syscall(SYS_sched_yield);
}

static void ask_who(int fd) {
    (void)fd;
    syscall(SYS_getppid);
}

static void open_file(int fd) {
    (void)fd;
    syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static void write_elsewhere(int fd) {
    (void)fd;
    syscall(SYS_write, 2, "", 0);
}

static void read_elsewhere(int fd) {
    uint8_t byte;
    syscall(SYS_read, fd + 1, &byte, 1);
}

static void read_by_wide_number(int fd) {
    uint8_t byte;
    syscall(SYS_read, (1ULL << 32) | (unsigned)fd, &byte, 1);
}

static void more_memory(int fd) {
    (void)fd;
    syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void start_program(int fd) {
    char *const none[] = {NULL};
    (void)fd;
    syscall(SYS_execve, "/bin/true", none, none);
}

static void the_idle_doorbell_is_left(void **state) {
    (void)state;
    assert_int_equal(ending(use_doorbell), 7);
    assert_int_equal(ending(yield), 7);
}

static void any_other_call_kills(void **state) {
    (void)state;
    void (*const acts[])(int) = {ask_who,     open_file,    write_elsewhere, read_elsewhere, read_by_wide_number,
                                 more_memory, start_program};
    for (size_t i = 0; i < AVO_COUNT(acts); i++) {
        assert_int_equal(ending(acts[i]), 1000 + SIGSYS);
    }
}

/* A read that waits is interrupted and begun again, as a tracer that attaches does it. */
static void a_doorbell_whose_host_is_gone_ends_the_process(void **state) {
    (void)state;
    int other, status;
    int fd = rung(&other);
    pid_t child = fork();
    if (child == 0) {
        close(other);
        if (avo_sandbox_harden() == AVO_OK && avo_sandbox_enter((struct avo_sandbox){fd, fd, AVO_SANDBOX_NO_FD}) == AVO_OK) {
            avo_doorbell_wait(fd);
            for (;;) {
                avo_doorbell_wait(fd);
            }
        }
        syscall(SYS_exit_group, 6);
    }
    close(fd);
    usleep(20000);
    kill(child, SIGSTOP);
    kill(child, SIGCONT);
    usleep(20000);
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    close(other);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == AVO_ENDING_HOST_GONE);
}

static void hardening_leaves_no_dump(void **state) {
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit core;
        bool hardened = avo_sandbox_harden() == AVO_OK && prctl(PR_GET_DUMPABLE) == 0 &&
                        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;
        bool closed = avo_sandbox_close_files();
        bool refused = open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES;
        _exit(hardened && closed == refused ? 7 : 6);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 7 << 8);
}

static void *thread_body(void *argument) {
    volatile uint8_t here = 1;
    *(uintptr_t *)argument = (uintptr_t)&here;
    return NULL;
}

/* Stacks hold keys too: they lie in the same memory. */
static void stacks_lie_in_the_budget(void **state) {
    (void)state;
    struct avo_memory memory;
    static volatile uintptr_t where;
    assert_int_equal(avo_memory_map(&memory, 1 << 20), AVO_OK);
    assert_string_not_equal(avo_memory_name(memory.kind), "");
    uint8_t *start = memory.arena.memory;
    for (size_t i = 0; i < 1 << 20; i += 4096) {
        assert_int_equal(start[i], 0);
    }
    assert_int_equal(avo_memory_thread(&memory, thread_body, (void *)(uintptr_t)&where), AVO_OK);
    for (int i = 0; i < 1000 && where == 0; i++) {
        usleep(1000);
    }
    assert_true(where > (uintptr_t)start && where < (uintptr_t)start + (1 << 20));
    memory.arena.used_bytes = memory.arena.capacity_bytes - AVO_STACK_BYTES;
    assert_int_equal(avo_memory_thread(&memory, thread_body, (void *)(uintptr_t)&where), AVO_EFULL);
}

static void seeds_differ(void **state) {
    (void)state;
    uint8_t one[AVO_SEED_BYTES], other[AVO_SEED_BYTES];
    assert_int_equal(avo_seed_draw(one, SIG_DFL), AVO_OK);
    assert_int_equal(avo_seed_draw(other, SIG_DFL), AVO_OK);
    assert_memory_not_equal(one, other, sizeof one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_idle_doorbell_is_left),
        cmocka_unit_test(any_other_call_kills),
        cmocka_unit_test(a_doorbell_whose_host_is_gone_ends_the_process),
        cmocka_unit_test(hardening_leaves_no_dump),
        cmocka_unit_test(stacks_lie_in_the_budget),
        cmocka_unit_test(seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
