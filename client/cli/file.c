#include "client/cli/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool avo_file_take(const char *path, size_t max_bytes, struct avo_buffer *to) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *to = (struct avo_buffer){0};
    if (fd < 0) {
        return false;
    }
    bool good = fstat(fd, &info) == 0;
    if (good && (!S_ISREG(info.st_mode) || (uint64_t)info.st_size > max_bytes)) {
        errno = S_ISDIR(info.st_mode) ? EISDIR : S_ISREG(info.st_mode) ? EFBIG : EINVAL;
        good = false;
    }
    to->data = good ? malloc((size_t)info.st_size + 1) : NULL;
    to->capacity = good ? (size_t)info.st_size : 0;
    while (to->data != NULL && to->length < to->capacity) {
        ssize_t got = read(fd, to->data + to->length, to->capacity - to->length);
        if (got <= 0) {
            break;
        }
        to->length += (size_t)got;
    }
    int kept = errno;
    (void)close(fd);
    errno = kept;
    if (to->data != NULL) {
        to->data[to->length] = 0;
    }
    return to->data != NULL;
}

bool avo_file_put(const char *path, mode_t mode, struct avo_slice bytes) {
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    (void)unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool good = fd >= 0 && write(fd, bytes.data, bytes.length) == (ssize_t)bytes.length;
    if (fd >= 0) {
        good = close(fd) == 0 && good;
    }
    good = good && rename(temporary, path) == 0;
    if (!good) {
        int kept = errno;
        (void)unlink(temporary);
        errno = kept;
    }
    return good;
}
