#include "daemon/memory_file.h"
#include <errno.h>
#include <sys/mman.h>

#ifndef MFD_NOEXEC_SEAL /* headers before Linux 6.3 */
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC 0x0010U
#endif

int avo_memory_file(const char *name, enum avo_memory_use use) {
    unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create(name, flags | (use == AVO_MEMORY_PROGRAM ? MFD_EXEC : MFD_NOEXEC_SEAL));
    if (fd < 0 && errno == EINVAL) { /* an older kernel */
        fd = memfd_create(name, flags);
    }
    return fd;
}
