/* The enclave's conditions in its host's log: in words when one begins, and when it is over; at most one line a minute each. */
#ifndef AVO_HOST_NOTICES_H
#define AVO_HOST_NOTICES_H

#include "base/log_level.h"
#include "boundary/region.h"
#include <stdbool.h>

#define AVO_NOTICE_EVERY_S 60
#define AVO_NOTICE_LINE_BYTES 320

struct avo_notices {
    uint32_t standing; /* said to hold */
    uint64_t said_s[AVO_CONDITION_COUNT];
    struct avo_levels said[AVO_CONDITION_COUNT]; /* the levels of that line */
};

/* What all workers posted, as one node's: bits of any, levels added up, of paths the narrowest. */
void avo_notices_read(uint8_t *region, const struct avo_region_layout *layout, struct avo_notice *notice);
/* A line that is due at `now_s`, counted by any clock that does not go back, above 0; to be called until there is none. */
AVO_MUST_USE bool avo_notices_next(struct avo_notices *notices, const struct avo_notice *notice, uint64_t now_s,
                                   enum avo_log_level *level, char line[AVO_NOTICE_LINE_BYTES]);

#endif
