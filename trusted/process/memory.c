#include "trusted/process/memory.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define SECRET_FLAGS 0

static void *map_secret(uint64_t bytes) {
    int fd = (int)syscall(SYS_memfd_secret, SECRET_FLAGS);
    if (fd < 0) {
        return MAP_FAILED;
    }
    void *memory = MAP_FAILED;
    if (ftruncate(fd, (off_t)bytes) == 0) {
        memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    close(fd);
    return memory;
}

/* Without MLOCK_ONFAULT the kernel would touch the whole budget now. */
static void *map_anonymous(uint64_t bytes, enum avo_secret_memory *kind) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED) {
        *kind = mlock2(memory, bytes, MLOCK_ONFAULT) == 0 ? AVO_MEMORY_LOCKED : AVO_MEMORY_PLAIN;
    }
    return memory;
}

enum avo_error avo_memory_map(struct avo_memory *memory, uint64_t bytes) {
    memory->kind = AVO_MEMORY_SECRET;
    void *mapped = map_secret(bytes);
    if (mapped == MAP_FAILED) {
        mapped = map_anonymous(bytes, &memory->kind);
    }
    if (mapped == MAP_FAILED) {
        return AVO_EIO;
    }
    (void)madvise(mapped, bytes, MADV_DONTDUMP); /* secret memory never is in a dump and may refuse the advice */
    memory->arena = avo_arena(mapped, bytes);
    return AVO_OK;
}

const char *avo_memory_name(enum avo_secret_memory kind) {
    switch (kind) {
    case AVO_MEMORY_SECRET:
        return "secret";
    case AVO_MEMORY_LOCKED:
        return "locked";
    default:
        return "plain";
    }
}

/* The lowest page becomes the guard: a stack that overflows ends the process rather than running into other memory. */
static uint8_t *stack_take(struct avo_arena *arena) {
    uint8_t *taken = avo_arena_take(arena, 1, AVO_STACK_BYTES + 2 * PAGE_BYTES);
    if (taken == NULL) {
        return NULL;
    }
    uint8_t *aligned = taken + (PAGE_BYTES - (uintptr_t)taken % PAGE_BYTES) % PAGE_BYTES;
    return mprotect(aligned, PAGE_BYTES, PROT_NONE) == 0 ? aligned + PAGE_BYTES : NULL;
}

enum avo_error avo_memory_thread(struct avo_memory *memory, void *(*run)(void *), void *argument) {
    pthread_t thread;
    pthread_attr_t attributes;
    uint8_t *stack = stack_take(&memory->arena);
    if (stack == NULL) {
        return AVO_EFULL;
    }
    if (pthread_attr_init(&attributes) != 0) {
        return AVO_EIO;
    }
    bool started =
        pthread_attr_setstack(&attributes, stack, AVO_STACK_BYTES) == 0 && pthread_create(&thread, &attributes, run, argument) == 0;
    pthread_attr_destroy(&attributes);
    return started ? AVO_OK : AVO_EIO;
}
