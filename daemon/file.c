#include "daemon/file.h"
#include "daemon/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_and_sync(int fd, struct avo_slice bytes, mode_t mode) {
    return avo_write_all(fd, bytes) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
}

enum avo_error avo_file_write(const char *dir, const char *name, mode_t mode, struct avo_slice bytes) {
    char path[PATH_MAX];
    char temporary[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", dir, name);
    int temporary_length = snprintf(temporary, sizeof temporary, "%s/%s.new", dir, name);
    if (length >= (int)sizeof path || temporary_length >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        return AVO_EIO;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return AVO_EIO;
    }
    bool written = write_and_sync(fd, bytes, mode);
    close(fd);
    if (written && rename(temporary, path) == 0) {
        return AVO_OK;
    }
    int kept = errno;
    (void)unlink(temporary);
    errno = kept;
    return AVO_EIO;
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
