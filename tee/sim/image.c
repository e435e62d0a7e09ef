#include "tee/sim/image.h"
#include "daemon/memory_file.h"
#include "daemon/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define COPY_BYTES 65536
#define SEAL_TRIES 20
#define SEAL_PAUSE_NS 50000000
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Copies the file from its beginning. Returns its bytes, or AVO_IMAGE_MAX_BYTES + 1 when it is larger; -1 with errno. */
static ssize_t copy(int from_fd, int to_fd) {
    uint8_t bytes[COPY_BYTES];
    for (off_t offset = 0;;) {
        ssize_t got = pread(from_fd, bytes, sizeof bytes, offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? -1 : (ssize_t)offset;
        }
        offset += got;
        if (offset > AVO_IMAGE_MAX_BYTES) {
            return (ssize_t)AVO_IMAGE_MAX_BYTES + 1;
        }
        if (!avo_write_all(to_fd, avo_slice(bytes, (size_t)got))) {
            return -1;
        }
    }
}

/* The kernel refuses while it still holds a page for itself (memfd_wait_for_pins), as on a busy machine; that ends by itself. */
static bool seal(int fd) {
    const struct timespec pause = {.tv_nsec = SEAL_PAUSE_NS};
    for (int tries = 1; fcntl(fd, F_ADD_SEALS, SEALS) != 0; tries++) {
        if (errno != EBUSY || tries == SEAL_TRIES) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static enum avo_error measure(int fd, size_t length, const char *name, struct avo_image *image, char *why) {
    void *bytes = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "cannot map %.128s: %s", name, strerror(errno));
        return AVO_EIO;
    }
    enum avo_error error = avo_measure_check(avo_slice(bytes, length));
    avo_measure_program(avo_slice(bytes, length), image->measurement);
    munmap(bytes, length);
    if (error == AVO_EDENIED) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES,
                 "%.128s is linked dynamically, so its measurement would not cover what runs: link it with -static", name);
    } else if (error != AVO_OK) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "%.128s is not an x86-64 ELF executable: name the enclave's program", name);
    }
    return error;
}

static enum avo_error load(int file_fd, const char *name, struct avo_image *image, char *why) {
    ssize_t length = copy(file_fd, image->fd);
    if (length < 0 || !seal(image->fd)) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "cannot read %.128s: %s", name, strerror(errno));
        return AVO_EIO;
    }
    if ((size_t)length > AVO_IMAGE_MAX_BYTES) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "%.128s is larger than %u MiB: name the enclave's program", name,
                 AVO_IMAGE_MAX_BYTES >> 20);
        return AVO_ETOOBIG;
    }
    if (length == 0) {
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "%.128s is empty: name the enclave's program", name);
        return AVO_EFORMAT;
    }
    return measure(image->fd, (size_t)length, name, image, why);
}

/* The memory file's name is the process's name in /proc. */
enum avo_error avo_image_load(int file_fd, const char *name, struct avo_image *image, char why[AVO_SIMCPU_WHY_BYTES]) {
    const char *slash = strrchr(name, '/');
    char short_name[64];
    snprintf(short_name, sizeof short_name, "%s", slash != NULL ? slash + 1 : name);
    image->fd = avo_memory_file(short_name, AVO_MEMORY_PROGRAM);
    if (image->fd < 0) {
        const char *next =
            errno == EACCES ? "; this system forbids programs in memory: set the sysctl vm.memfd_noexec below 2" : "";
        snprintf(why, AVO_SIMCPU_WHY_BYTES, "no memory file for %.128s: %s%s", name, strerror(errno), next);
        return AVO_EIO;
    }
    enum avo_error error = load(file_fd, name, image, why);
    if (error != AVO_OK) {
        close(image->fd);
    }
    return error;
}
