#include "sim/pages.h"
#include "base/assert.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ASKED_PAGES 4096
#define KEPT_TOUCHED_BYTES (24U << 20) /* a block of which more was touched is not kept: clearing it costs too much */

static size_t page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Few sizes, so that blocks fit again: what is never touched costs nothing. */
static size_t round_up(size_t bytes) {
    size_t size = 1U << 20;
    while (size < bytes) {
        size *= 4;
    }
    return size;
}

static void *map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    AVO_ASSERT(memory != MAP_FAILED);
    return memory;
}

void *avo_pages_take(struct avo_pages *pages, enum avo_pages_use use, size_t bytes) {
    size_t wanted = round_up(bytes);
    for (uint32_t i = 0; pages != NULL && i < pages->count; i++) {
        struct avo_pages_block *block = &pages->kept[i];
        if (block->bytes == wanted && block->use == use) {
            void *memory = block->memory;
            *block = pages->kept[--pages->count];
            return memory;
        }
    }
    return map(wanted);
}

void avo_pages_touched(const void *memory, size_t bytes, void (*each)(void *context, size_t offset, size_t length), void *context) {
    unsigned char there[ASKED_PAGES];
    size_t page = page_bytes();
    size_t run_start = 0;
    size_t run_bytes = 0;
    for (size_t at = 0; at < bytes; at += ASKED_PAGES * page) {
        size_t asked = bytes - at < ASKED_PAGES * page ? bytes - at : ASKED_PAGES * page;
        int failed = mincore((uint8_t *)(uintptr_t)memory + at, asked, there);
        AVO_ASSERT(failed == 0);
        for (size_t i = 0; i * page < asked; i++) {
            bool in = (there[i] & 1) != 0;
            if (!in && run_bytes > 0) {
                each(context, run_start, run_bytes);
            }
            run_start = in && run_bytes == 0 ? at + i * page : run_start;
            run_bytes = in ? run_bytes + page : 0;
        }
    }
    if (run_bytes > 0) {
        each(context, run_start, bytes - run_start);
    }
}

struct clearing {
    uint8_t *memory;
    size_t touched_bytes;
};

static void clear(void *context, size_t offset, size_t length) {
    struct clearing *clearing = context;
    memset(clearing->memory + offset, 0, length);
    clearing->touched_bytes += length;
}

void avo_pages_give(struct avo_pages *pages, enum avo_pages_use use, void *memory, size_t bytes) {
    size_t size = round_up(bytes);
    if (memory == NULL) {
        return;
    }
    if (pages != NULL && pages->count < AVO_PAGES_KEPT_MAX) {
        struct clearing clearing = {.memory = memory};
        avo_pages_touched(memory, size, clear, &clearing);
        if (clearing.touched_bytes <= KEPT_TOUCHED_BYTES) {
            pages->kept[pages->count++] = (struct avo_pages_block){memory, size, use};
            return;
        }
    }
    (void)munmap(memory, size);
}

void avo_pages_destroy(struct avo_pages *pages) {
    for (uint32_t i = 0; i < pages->count; i++) {
        (void)munmap(pages->kept[i].memory, pages->kept[i].bytes);
    }
    *pages = (struct avo_pages){0};
}
