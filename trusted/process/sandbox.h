/* What an enclave process gives up: dumps, files, and all system calls but those of the idle doorbell. The walls guard the host
 * from a broken enclave and make its promise visible: no system call on the data path [DESIGN 3]. */
#ifndef AVO_PROCESS_SANDBOX_H
#define AVO_PROCESS_SANDBOX_H

#include "base/compiler.h"
#include <avocado/error.h>
#include <stdbool.h>

#define AVO_SANDBOX_NO_FD (-1)

/* For the whole process, first of all: not dumpable, no core, no new privileges, SIGPIPE ignored, memory-lock limit as high as
 * allowed. */
AVO_MUST_USE enum avo_error avo_sandbox_harden(void);

/* Landlock: no file may be opened from now on, by this thread and those it starts. False: this kernel has none. */
bool avo_sandbox_close_files(void);

/* What a thread keeps; AVO_SANDBOX_NO_FD: none. */
struct avo_sandbox {
    int read_fd;
    int write_fd;
    int log_fd; /* written to as well */
};

/* seccomp, for this thread, for good: read and write on the descriptors of `sandbox`, exit, exit_group, rt_sigreturn, sched_yield,
 * restart_syscall. Anything else kills the process. AVO_EIO: the kernel refused. */
AVO_MUST_USE enum avo_error avo_sandbox_enter(struct avo_sandbox sandbox);

#endif
