#include "client/dialog/marked.h"
#include "base/arena.h"
#include <sys/mman.h>

void *avo_marked_take(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (madvise(memory, bytes, MADV_WIPEONFORK) != 0 || madvise(memory, bytes, MADV_DONTDUMP) != 0) {
        (void)munmap(memory, bytes);
        return NULL;
    }
    return memory;
}

void avo_marked_give(void *memory, size_t bytes) {
    if (memory != NULL) {
        avo_arena_end(memory, bytes);
        (void)munmap(memory, bytes);
    }
}
