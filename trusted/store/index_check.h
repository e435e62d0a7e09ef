/* Looks through a whole index for anything that cannot be: for tests. */
#ifndef AVO_STORE_INDEX_CHECK_H
#define AVO_STORE_INDEX_CHECK_H

#include "trusted/store/index.h"

/* Asserts that all entries are in order and found by their keys, and all sizes and links agree; returns how many there are. */
uint32_t avo_index_check(const struct avo_index *index);

#endif
