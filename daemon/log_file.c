/* Where lines go: standard error, or a file that has a limit, a few earlier files beside it, and may be moved away by others. */
#include "daemon/log.h"
#include "daemon/log_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    char path[PATH_MAX]; /* empty: standard error */
    int fd;
    int error_fd;   /* where errors go too; -1: nowhere */
    bool standard;  /* standard error is that file as well */
    mode_t mode;    /* of the file, and of the next */
    uint64_t bytes; /* in the file */
    uint64_t max_bytes;
    unsigned keep_count;
} out = {.lock = PTHREAD_MUTEX_INITIALIZER,
         .fd = STDERR_FILENO,
         .error_fd = -1,
         .mode = 0640,
         .max_bytes = (uint64_t)AVO_LOG_SIZE_DEFAULT_MIB << 20,
         .keep_count = AVO_LOG_KEEP_DEFAULT_COUNT};

void avo_log_size(uint64_t max_bytes, unsigned keep_count) {
    out.max_bytes = max_bytes;
    out.keep_count = keep_count;
}

static bool is_same(const struct stat *one, const struct stat *other) {
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* -1 with errno. */
static int file_open(struct stat *status) {
    int fd = open(out.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, out.mode);
    if (fd >= 0 && fstat(fd, status) != 0) {
        int kept = errno;
        (void)close(fd);
        errno = kept;
        return -1;
    }
    return fd;
}

bool avo_log_file(const char *path) {
    struct stat file, standard;
    bool has_standard = fstat(STDERR_FILENO, &standard) == 0; /* else this descriptor is soon something else's */
    if (snprintf(out.path, sizeof out.path, "%s", path) >= (int)sizeof out.path) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = file_open(&file);
    if (fd < 0) {
        return false;
    }
    out.fd = fd;
    out.mode = file.st_mode & 0777;
    out.bytes = S_ISREG(file.st_mode) ? (uint64_t)file.st_size : 0;
    out.max_bytes = S_ISREG(file.st_mode) ? out.max_bytes : 0;
    out.standard = has_standard && is_same(&file, &standard);
    out.error_fd = has_standard && !out.standard ? STDERR_FILENO : -1;
    return true;
}

bool avo_log_file_check(const char *path) {
    char folder[PATH_MAX];
    int fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        return close(fd) == 0;
    }
    const char *slash = strrchr(path, '/');
    if (errno != ENOENT || snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder) {
        return false;
    }
    folder[slash == NULL || slash == path ? 1 : slash - path] = '\0';
    return access(slash == NULL ? "." : folder, W_OK | X_OK) == 0;
}

bool avo_log_put_aside(const char *path, unsigned keep_count) {
    char from[PATH_MAX], to[PATH_MAX];
    for (unsigned i = keep_count; i > 0; i--) {
        bool first = i == 1;
        if (snprintf(from, sizeof from, first ? "%s" : "%s.%u", path, i - 1) >= (int)sizeof from ||
            snprintf(to, sizeof to, "%s.%u", path, i) >= (int)sizeof to) {
            return false;
        }
        if (rename(from, to) != 0 && (first || errno != ENOENT)) {
            return false;
        }
    }
    return keep_count > 0;
}

/* The file that is at the path by now; the descriptors keep their numbers, which other threads may be writing to. */
static bool reopen(void) {
    struct stat file;
    int fd = file_open(&file);
    if (fd < 0) {
        return false;
    }
    (void)dup3(fd, out.fd, O_CLOEXEC);
    if (out.standard) {
        (void)dup2(fd, STDERR_FILENO);
    }
    (void)close(fd);
    out.bytes = (uint64_t)file.st_size;
    return true;
}

/* Where the file cannot be put aside it begins again: it never outgrows its limit. */
static void turn_over(void) {
    struct stat ours, there;
    bool moved = fstat(out.fd, &ours) == 0 && (stat(out.path, &there) != 0 || !is_same(&ours, &there));
    bool aside = moved || avo_log_put_aside(out.path, out.keep_count);
    if (!aside) {
        (void)!ftruncate(out.fd, 0);
        out.bytes = 0;
    } else if (!reopen()) { /* what was put aside stays, and is written on; the next line tries again */
        out.bytes = out.max_bytes;
    }
}

void avo_log_reopen(void) {
    (void)pthread_mutex_lock(&out.lock);
    bool good = out.path[0] == '\0' || reopen();
    int number = errno;
    (void)pthread_mutex_unlock(&out.lock);
    if (!good) {
        avo_log_error("--log-file %s: %s: its lines go on to the file before: make its folder, or give access to it", out.path,
                      strerror(number));
    }
}

void avo_log_write(struct avo_slice line, bool is_error) {
    (void)pthread_mutex_lock(&out.lock);
    if (out.path[0] != '\0' && out.max_bytes > 0 && out.bytes > 0 && out.bytes + line.length > out.max_bytes) {
        turn_over();
    }
    (void)!write(out.fd, line.data, line.length);
    out.bytes += line.length;
    if (is_error && out.error_fd >= 0) {
        (void)!write(out.error_fd, line.data, line.length);
    }
    (void)pthread_mutex_unlock(&out.lock);
}
