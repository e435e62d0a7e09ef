#include "client/io/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a file that is not too large; of a pipe, which does not say, one more than it may have. */
static bool size_read(int fd, size_t max_bytes, size_t *bytes) {
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return false;
    }
    bool sized = S_ISREG(info.st_mode);
    if (S_ISDIR(info.st_mode) || (sized && (uint64_t)info.st_size > max_bytes)) {
        errno = sized ? EFBIG : EISDIR;
        return false;
    }
    *bytes = sized ? (size_t)info.st_size : max_bytes + 1;
    return true;
}

bool avo_file_read_all(int fd, struct avo_buffer *to) {
    while (to->length < to->capacity) {
        ssize_t got = read(fd, to->data + to->length, to->capacity - to->length);
        if (got == 0) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            return false;
        }
        to->length += got > 0 ? (size_t)got : 0;
    }
    return true;
}

bool avo_file_take(const char *path, size_t max_bytes, struct avo_buffer *to) {
    size_t bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *to = (struct avo_buffer){0};
    if (fd < 0) {
        return false;
    }
    to->data = size_read(fd, max_bytes, &bytes) ? malloc(bytes + 1) : NULL;
    to->capacity = bytes;
    bool good = to->data != NULL && avo_file_read_all(fd, to) /* it may have become shorter */;
    if (good && to->length > max_bytes) {
        errno = EFBIG;
        good = false;
    }
    int kept = errno;
    (void)close(fd);
    if (good) {
        to->data[to->length] = 0;
    } else {
        free(to->data);
        *to = (struct avo_buffer){0};
    }
    errno = kept;
    return good;
}

bool avo_file_write_all(int fd, struct avo_slice bytes) {
    while (bytes.length > 0) {
        ssize_t wrote = write(fd, bytes.data, bytes.length);
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        size_t done = wrote > 0 ? (size_t)wrote : 0;
        bytes = avo_slice_part(bytes, done, bytes.length - done);
    }
    return true;
}

bool avo_file_put(const char *path, mode_t mode, struct avo_slice bytes) {
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = mkostemp(temporary, O_CLOEXEC); /* a name of its own: others may write the same file at the same time */
    if (fd < 0) {
        return false;
    }
    bool good = fchmod(fd, mode) == 0 && avo_file_write_all(fd, bytes) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    good = good && rename(temporary, path) == 0;
    if (!good) {
        int kept = errno;
        (void)unlink(temporary);
        errno = kept;
    }
    return good;
}
