/* REPLY, node -> client. Body: u64 id, u8 status, u8 answered, u8 needed, u8 members, value (the rest; GET with AVO_OK only). */
#ifndef AVO_WIRE_REPLY_H
#define AVO_WIRE_REPLY_H

#include "base/cursor.h"
#include <avocado/error.h>

struct avo_reply {
    uint64_t id;
    enum avo_error status;
    uint8_t answered; /* replicas that answered, the coordinator's own included: for AVO_EQUORUM and AVO_EUNKNOWN */
    uint8_t needed;   /* the quorum */
    uint8_t members;  /* n */
    struct avo_slice value;
};

void avo_reply_write(struct avo_writer *writer, const struct avo_reply *reply);
void avo_reply_read(struct avo_reader *reader, struct avo_reply *reply);

#endif
