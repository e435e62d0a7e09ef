/* Names for byte strings: equal bytes get the same small number. So a history compares values as integers. */
#ifndef AVO_CHECKER_NAMES_H
#define AVO_CHECKER_NAMES_H

#include "base/bytes.h"

#define AVO_NAME_ABSENT 0 /* no value; never given to any bytes */

struct avo_names {
    struct avo_slice *named; /* owned copies; named[i] is name i + 1 */
    uint32_t count;
    uint32_t capacity;
    uint32_t *table; /* open addressing: names, 0 for empty */
    uint32_t table_count;
};

/* An empty set is all zero. Memory comes from malloc; running out of it ends the program. */
void avo_names_destroy(struct avo_names *names);
/* The name of `bytes`, given now if it has none. */
uint32_t avo_name(struct avo_names *names, struct avo_slice bytes);
/* Its name if it has one, else AVO_NAME_ABSENT. */
uint32_t avo_name_find(const struct avo_names *names, struct avo_slice bytes);
/* The bytes behind a name; empty for AVO_NAME_ABSENT. Valid until avo_names_destroy. */
struct avo_slice avo_name_bytes(const struct avo_names *names, uint32_t name);

#endif
