#include "tests/faults/calls.h"
#include <errno.h>
#include <sys/syscall.h>

static const struct avo_call calls[] = {
    /* memory */
    {SYS_brk, "brk", ENOMEM, AVO_CALL_MEMORY},
    {SYS_mmap, "mmap", ENOMEM, AVO_CALL_MEMORY},
    {SYS_mremap, "mremap", ENOMEM, AVO_CALL_MEMORY},
    {SYS_mprotect, "mprotect", ENOMEM, AVO_CALL_MEMORY},
    {SYS_madvise, "madvise", EINVAL, AVO_CALL_PLAIN},
    {SYS_mlock, "mlock", EAGAIN, AVO_CALL_PLAIN},
    {SYS_mlock2, "mlock2", EAGAIN, AVO_CALL_PLAIN},
    {SYS_memfd_create, "memfd_create", ENOMEM, AVO_CALL_PLAIN},
    {SYS_memfd_secret, "memfd_secret", ENOSYS, AVO_CALL_PLAIN},
    /* descriptors */
    {SYS_open, "open", EMFILE, AVO_CALL_PLAIN},
    {SYS_openat, "openat", EMFILE, AVO_CALL_PLAIN},
    {SYS_pipe2, "pipe2", EMFILE, AVO_CALL_PLAIN},
    {SYS_socket, "socket", EMFILE, AVO_CALL_PLAIN},
    {SYS_socketpair, "socketpair", EMFILE, AVO_CALL_PLAIN},
    {SYS_dup2, "dup2", EBUSY, AVO_CALL_PLAIN},
    {SYS_fcntl, "fcntl", EMFILE, AVO_CALL_PLAIN},
    {SYS_signalfd4, "signalfd4", ENOMEM, AVO_CALL_PLAIN},
    {SYS_eventfd2, "eventfd2", EMFILE, AVO_CALL_PLAIN},
    {SYS_epoll_create1, "epoll_create1", EMFILE, AVO_CALL_PLAIN},
    {SYS_epoll_ctl, "epoll_ctl", ENOMEM, AVO_CALL_PLAIN},
    {SYS_timerfd_create, "timerfd_create", EMFILE, AVO_CALL_PLAIN},
    {SYS_accept4, "accept4", EMFILE, AVO_CALL_INTERRUPTIBLE},
    {SYS_close_range, "close_range", ENOMEM, AVO_CALL_PLAIN},
    {SYS_io_uring_setup, "io_uring_setup", ENOMEM, AVO_CALL_PLAIN},
    /* files */
    {SYS_read, "read", EIO, AVO_CALL_INTERRUPTIBLE | AVO_CALL_STREAM},
    {SYS_pread64, "pread64", EIO, AVO_CALL_INTERRUPTIBLE | AVO_CALL_STREAM},
    {SYS_write, "write", ENOSPC, AVO_CALL_INTERRUPTIBLE | AVO_CALL_STREAM},
    {SYS_pwrite64, "pwrite64", ENOSPC, AVO_CALL_INTERRUPTIBLE | AVO_CALL_STREAM},
    {SYS_writev, "writev", ENOSPC, AVO_CALL_INTERRUPTIBLE},
    {SYS_fsync, "fsync", ENOSPC, AVO_CALL_PLAIN},
    {SYS_fdatasync, "fdatasync", ENOSPC, AVO_CALL_PLAIN},
    {SYS_ftruncate, "ftruncate", ENOSPC, AVO_CALL_PLAIN},
    {SYS_fallocate, "fallocate", ENOSPC, AVO_CALL_PLAIN},
    {SYS_mkdir, "mkdir", ENOSPC, AVO_CALL_PLAIN},
    {SYS_symlink, "symlink", ENOSPC, AVO_CALL_PLAIN},
    {SYS_rename, "rename", ENOSPC, AVO_CALL_PLAIN},
    {SYS_unlink, "unlink", EACCES, AVO_CALL_PLAIN},
    {SYS_rmdir, "rmdir", EACCES, AVO_CALL_PLAIN},
    {SYS_chmod, "chmod", EPERM, AVO_CALL_PLAIN},
    {SYS_fchmod, "fchmod", EPERM, AVO_CALL_PLAIN},
    {SYS_flock, "flock", ENOLCK, AVO_CALL_INTERRUPTIBLE},
    {SYS_access, "access", EACCES, AVO_CALL_PLAIN},
    {SYS_newfstatat, "newfstatat", EACCES, AVO_CALL_PLAIN},
    {SYS_fstat, "fstat", EIO, AVO_CALL_PLAIN},
    {SYS_lseek, "lseek", EINVAL, AVO_CALL_PLAIN},
    {SYS_readlink, "readlink", EACCES, AVO_CALL_PLAIN},
    {SYS_getcwd, "getcwd", EACCES, AVO_CALL_PLAIN},
    {SYS_getdents64, "getdents64", EIO, AVO_CALL_PLAIN},
    /* sockets */
    {SYS_bind, "bind", EADDRINUSE, AVO_CALL_PLAIN},
    {SYS_listen, "listen", EADDRINUSE, AVO_CALL_PLAIN},
    {SYS_connect, "connect", ECONNREFUSED, AVO_CALL_PLAIN},
    {SYS_setsockopt, "setsockopt", ENOPROTOOPT, AVO_CALL_PLAIN},
    {SYS_getsockopt, "getsockopt", ENOBUFS, AVO_CALL_PLAIN},
    {SYS_getsockname, "getsockname", ENOBUFS, AVO_CALL_PLAIN},
    {SYS_sendto, "sendto", ENOBUFS, AVO_CALL_INTERRUPTIBLE | AVO_CALL_STREAM},
    {SYS_recvfrom, "recvfrom", ENOMEM, AVO_CALL_INTERRUPTIBLE | AVO_CALL_STREAM},
    {SYS_sendmsg, "sendmsg", ENOBUFS, AVO_CALL_INTERRUPTIBLE},
    {SYS_recvmsg, "recvmsg", ENOMEM, AVO_CALL_INTERRUPTIBLE},
    {SYS_sendmmsg, "sendmmsg", ENOBUFS, AVO_CALL_INTERRUPTIBLE},
    {SYS_recvmmsg, "recvmmsg", ENOMEM, AVO_CALL_INTERRUPTIBLE},
    {SYS_poll, "poll", ENOMEM, AVO_CALL_INTERRUPTIBLE},
    {SYS_ppoll, "ppoll", ENOMEM, AVO_CALL_INTERRUPTIBLE},
    {SYS_epoll_wait, "epoll_wait", EINTR, AVO_CALL_INTERRUPTIBLE},
    {SYS_epoll_pwait, "epoll_pwait", EINTR, AVO_CALL_INTERRUPTIBLE},
    /* processes */
    {SYS_clone, "clone", EAGAIN, AVO_CALL_PLAIN},
    {SYS_clone3, "clone3", EAGAIN, AVO_CALL_PLAIN},
    {SYS_fork, "fork", EAGAIN, AVO_CALL_PLAIN},
    {SYS_execve, "execve", ENOMEM, AVO_CALL_PLAIN},
    {SYS_execveat, "execveat", ENOMEM, AVO_CALL_PLAIN},
    {SYS_setsid, "setsid", EPERM, AVO_CALL_PLAIN},
    {SYS_prctl, "prctl", EPERM, AVO_CALL_PLAIN},
    {SYS_prlimit64, "prlimit64", EPERM, AVO_CALL_PLAIN},
    {SYS_seccomp, "seccomp", EINVAL, AVO_CALL_PLAIN},
    {SYS_landlock_create_ruleset, "landlock_create_ruleset", EOPNOTSUPP, AVO_CALL_PLAIN},
    {SYS_landlock_restrict_self, "landlock_restrict_self", EPERM, AVO_CALL_PLAIN},
    {SYS_wait4, "wait4", EINTR, AVO_CALL_INTERRUPTIBLE},
};

const struct avo_call *avo_call_find(long number) {
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i].number == number) {
            return &calls[i];
        }
    }
    return NULL;
}
