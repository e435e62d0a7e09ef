#include "daemon/file.h"
#include "daemon/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_and_sync(int fd, struct avo_slice bytes, mode_t mode) {
    return avo_write_all(fd, bytes) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
}

/* Makes a rename durable. */
static bool sync_folder(const char *path) {
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", path); /* dirname changes what it is given */
    int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool done = fsync(fd) == 0;
    int kept = errno;
    (void)close(fd);
    errno = kept;
    return done;
}

enum avo_error avo_file_replace(const char *path, mode_t mode, struct avo_slice bytes) {
    char aside[PATH_MAX];
    if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside) {
        errno = ENAMETOOLONG;
        return AVO_EIO;
    }
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return AVO_EIO;
    }
    bool written = write_and_sync(fd, bytes, mode);
    written &= close(fd) == 0;
    if (!written || rename(aside, path) != 0) {
        int kept = errno;
        (void)unlink(aside);
        errno = kept;
        return AVO_EIO;
    }
    return sync_folder(path) ? AVO_OK : AVO_EIO;
}

enum avo_error avo_file_write(const char *dir, const char *name, mode_t mode, struct avo_slice bytes) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return AVO_EIO;
    }
    return avo_file_replace(path, mode, bytes);
}

static enum avo_error read_all(int fd, struct avo_buffer *to) {
    for (to->length = 0; to->length < to->capacity;) {
        ssize_t got = read(fd, to->data + to->length, to->capacity - to->length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? AVO_EIO : AVO_OK;
        }
        to->length += (size_t)got;
    }
    return AVO_ETOOBIG; /* one byte of the capacity must stay free, to know that the end was reached */
}

enum avo_error avo_file_read_in(const char *dir, const char *name, struct avo_buffer *to) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return AVO_EIO;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? AVO_ENOTFOUND : AVO_EIO;
    }
    enum avo_error error = read_all(fd, to);
    close(fd);
    return error;
}
