/* REQUEST, client -> node. Body: u64 id, u64 answered_below, u8 operation, u32 patience_ms, u16 key length, key, value (the rest).
 *
 * Ids of a session count up from 1. The client promises id < answered_below + AVO_SESSION_WINDOW, and resends a request in a
 * new packet under the same id; the node runs a write at most once an id and repeats its remembered reply. */
#ifndef AVO_WIRE_REQUEST_H
#define AVO_WIRE_REQUEST_H

#include "base/cursor.h"
#include "base/operation.h"
#include <avocado/error.h>

struct avo_request {
    uint64_t id;
    uint64_t answered_below; /* the client has the replies of all smaller ids */
    enum avo_operation operation;
    uint32_t patience_ms; /* the coordinator gives up after this long; 1 to 3,600,000 */
    struct avo_slice key;
    struct avo_slice value; /* PUT only */
};

void avo_request_write(struct avo_writer *writer, const struct avo_request *request);
void avo_request_read(struct avo_reader *reader, struct avo_request *request);

#endif
