/* ACK of a WRITE. Body: u64 round, u8 result. */
#ifndef AVO_WIRE_ACK_H
#define AVO_WIRE_ACK_H

#include "base/cursor.h"
#include <avocado/error.h>

struct avo_ack {
    uint64_t round;
    enum avo_error result; /* AVO_OK (applied, or ignored as not newer), AVO_EFULL, AVO_EHOSTFULL, AVO_EQUOTA */
};

void avo_ack_write(struct avo_writer *writer, const struct avo_ack *ack);
void avo_ack_read(struct avo_reader *reader, struct avo_ack *ack);

#endif
