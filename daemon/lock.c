#include "daemon/lock.h"
#include "daemon/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool locked(int fd) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result;
    do {
        result = fcntl(fd, F_SETLK, &whole);
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno == EACCES) {
        errno = EWOULDBLOCK; /* POSIX allows either */
    }
    return result == 0;
}

static bool pid_written(int fd) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d\n", (int)getpid());
    return avo_write_all(fd, avo_slice_string(text));
}

/* The former holder may have removed it before it was locked here: then this lock keeps nobody out. */
static bool is_removed(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_nlink == 0;
}

int avo_lock_hold(const char *dir, const char *name) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        bool mine = fd >= 0 && locked(fd);
        if (fd < 0 || (mine && !is_removed(fd))) {
            return fd;
        }
        int kept = errno;
        (void)close(fd);
        if (!mine) {
            errno = kept;
            return -1;
        }
    }
}

int avo_lock_take(const char *dir, const char *name) {
    int fd = avo_lock_hold(dir, name);
    if (fd < 0 || (ftruncate(fd, 0) == 0 && pid_written(fd))) {
        return fd;
    }
    int kept = errno;
    (void)close(fd);
    errno = kept;
    return -1;
}

pid_t avo_lock_holder(const char *path) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? 0 : AVO_LOCK_HIDDEN;
    }
    bool told = fcntl(fd, F_GETLK, &lock) == 0;
    (void)close(fd);
    if (told && lock.l_type == F_UNLCK) {
        return 0;
    }
    return told && lock.l_pid > 0 ? lock.l_pid : AVO_LOCK_HIDDEN;
}
