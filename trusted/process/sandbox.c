#include "trusted/process/sandbox.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum avo_error avo_sandbox_harden(void) {
    struct rlimit none = {0, 0};
    struct rlimit lock;
    if (getrlimit(RLIMIT_MEMLOCK, &lock) == 0) {
        lock.rlim_cur = lock.rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, &lock); /* what it does not grant shows as "plain" memory */
    }
    bool hardened = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
                    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR;
    return hardened ? AVO_OK : AVO_EIO;
}

/* The rights of the first version of Landlock, which every kernel that has it knows: execute, read, write, remove, make. */
#define LANDLOCK_RIGHTS_V1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

bool avo_sandbox_close_files(void) {
    struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_RIGHTS_V1};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (ruleset < 0) {
        return false;
    }
    bool closed = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return closed;
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_FD_LOW BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]))
#define LOAD_FD_HIGH BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 4)
#define SKIP_UNLESS(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (count))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
/* The call `number` is allowed on descriptor `one` or `other`, and kills on any else. */
#define ALLOW_ON_FD(number, one, other)                                                                                            \
    SKIP_UNLESS(number, 8), LOAD_FD_HIGH, SKIP_UNLESS(0, 5), LOAD_FD_LOW, SKIP_UNLESS((uint32_t)(one), 1), ALLOW,                  \
        SKIP_UNLESS((uint32_t)(other), 1), ALLOW, KILL
#define ALLOW_CALL(number) SKIP_UNLESS(number, 1), ALLOW

/* AVO_SANDBOX_NO_FD matches nothing: a call on it is a call on no descriptor. */
enum avo_error avo_sandbox_enter(struct avo_sandbox sandbox) {
    struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        KILL,
        LOAD(nr),
        ALLOW_ON_FD(SYS_read, sandbox.read_fd, sandbox.read_fd),
        ALLOW_ON_FD(SYS_write, sandbox.write_fd, sandbox.log_fd),
        ALLOW_CALL(SYS_rt_sigreturn),
        ALLOW_CALL(SYS_sched_yield),
        ALLOW_CALL(SYS_restart_syscall),
        ALLOW_CALL(SYS_exit),
        ALLOW_CALL(SYS_exit_group),
        KILL,
    };
    struct sock_fprog program = {.len = AVO_COUNT(filter), .filter = filter};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? AVO_OK : AVO_EIO;
}
