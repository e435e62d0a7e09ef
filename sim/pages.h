/* Large zeroed memory that comes back from run to run: pages that are there already cost a tenth of new ones. */
#ifndef AVO_SIM_PAGES_H
#define AVO_SIM_PAGES_H

#include "base/bytes.h"
#include <stdbool.h>

#define AVO_PAGES_KEPT_MAX 64

/* What it is for: memory that served the same before has about the same pages. */
enum avo_pages_use { AVO_PAGES_ENCLAVE, AVO_PAGES_REGION, AVO_PAGES_CLIENT };

struct avo_pages_block {
    void *memory;
    size_t bytes;
    enum avo_pages_use use;
};

/* Blocks that nobody uses now, all zero. An empty one is all zero. */
struct avo_pages {
    struct avo_pages_block kept[AVO_PAGES_KEPT_MAX];
    uint32_t count;
};

/* `bytes` zeroed bytes that begin a page; never NULL. `pages` NULL: of the system. */
void *avo_pages_take(struct avo_pages *pages, enum avo_pages_use use, size_t bytes);
/* They are given back, with any content; `pages`, `use` and `bytes` as they were taken. NULL memory: nothing. */
void avo_pages_give(struct avo_pages *pages, enum avo_pages_use use, void *memory, size_t bytes);
/* How much of it was ever touched: what was not is zero, and costs nothing to clear or to search. Calls `each` with every touched
 * piece, in order. */
void avo_pages_touched(const void *memory, size_t bytes, void (*each)(void *context, size_t offset, size_t length), void *context);
/* Gives all that is kept to the system. */
void avo_pages_destroy(struct avo_pages *pages);

#endif
