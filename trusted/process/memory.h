/* The enclave's memory: one budget, mapped once, as secret as the kernel allows [B5]. */
#ifndef AVO_PROCESS_MEMORY_H
#define AVO_PROCESS_MEMORY_H

#include "base/arena.h"
#include "protocol/wire/figures.h"
#include <avocado/error.h>
#include <pthread.h>
#include <stdbool.h>

#define AVO_STACK_BYTES (256U << 10)

struct avo_memory {
    struct avo_arena arena;
    enum avo_secret_memory kind;
};

/* Maps `bytes`, zeroed and not touched yet: by memfd_secret; else anonymous and locked as it is touched; else anonymous. Never part
 * of a core dump. AVO_EIO with errno. */
AVO_MUST_USE enum avo_error avo_memory_map(struct avo_memory *memory, uint64_t bytes);

/* "secret", "locked" or "plain". Static storage. */
const char *avo_memory_name(enum avo_secret_memory kind);

/* Starts a thread whose stack, with a guard page, is taken from the arena. AVO_EFULL: the arena is too small; AVO_EIO. */
AVO_MUST_USE enum avo_error avo_memory_thread(struct avo_memory *memory, void *(*run)(void *), void *argument);

#endif
