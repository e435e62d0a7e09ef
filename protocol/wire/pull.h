/* PULL: what the receiver of a transfer wants next; flow control lies with the receiver. Body: u32 transfer, u32 offset, u64
 * missing. Bit i of `missing`: send the segment at offset + i * (segment size of this transfer). missing = 0: nothing
 * more; offset 0 then says that all is here, forget it, and AVO_PULL_WAIT that there is no memory for it yet: keep it. */
#ifndef AVO_WIRE_PULL_H
#define AVO_WIRE_PULL_H

#include "base/cursor.h"
#include <avocado/error.h>

#define AVO_PULL_WAIT UINT32_MAX

struct avo_pull {
    uint32_t transfer;
    uint32_t offset;
    uint64_t missing;
};

void avo_pull_write(struct avo_writer *writer, const struct avo_pull *pull);
void avo_pull_read(struct avo_reader *reader, struct avo_pull *pull);

#endif
