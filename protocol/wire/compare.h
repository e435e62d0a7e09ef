/* COMPARE: asks for the digests of all groups of buckets, or of the buckets of one group. Body: u64 round, u8 scope, u8 group.
 */
#ifndef AVO_WIRE_COMPARE_H
#define AVO_WIRE_COMPARE_H

#include "base/cursor.h"
#include <avocado/error.h>

/* What the digests of a COMPARE and a DIGEST are of. */
enum avo_scope {
    AVO_SCOPE_ALL = 1,     /* one of all that a replica holds: told unasked, never asked for */
    AVO_SCOPE_GROUPS = 2,  /* one a group */
    AVO_SCOPE_BUCKETS = 3, /* one a bucket of `group` */
};

struct avo_compare {
    uint64_t round; /* the asker's name for the question, not 0; echoed */
    enum avo_scope scope;
    uint8_t group; /* of AVO_SCOPE_BUCKETS, else 0 */
};

void avo_compare_write(struct avo_writer *writer, const struct avo_compare *compare);
void avo_compare_read(struct avo_reader *reader, struct avo_compare *compare);
/* The scope and the group of a COMPARE or DIGEST; fails unless they go together. */
void avo_scope_read(struct avo_reader *reader, enum avo_scope *scope, uint8_t *group);

#endif
