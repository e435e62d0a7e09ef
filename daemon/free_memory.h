/* How much memory programs started here may still take: of the machine, and of every control group they are in (cgroup v2, v1). */
#ifndef AVO_DAEMON_FREE_MEMORY_H
#define AVO_DAEMON_FREE_MEMORY_H

#include "base/compiler.h"
#include <limits.h>
#include <stdint.h>

struct avo_free_memory {
    uint64_t bytes;            /* what the scarcest of them has left, page cache that can be dropped included; 0: not known */
    char whose[PATH_MAX + 64]; /* "the machine", or "the control group" and its folder, for a message */
};

/* `root`: in front of /proc and /sys; "" but in tests. */
void avo_free_memory_read(const char *root, struct avo_free_memory *memory);

#endif
