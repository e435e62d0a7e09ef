/* HELLO payload: what a client tells a node when it opens a session. Body: the client's number of the session to come u32; the
 * former session's number at the node u32, its number at the client u32 (both 0: none); the signed ticket. */
#ifndef AVO_WIRE_GREETING_H
#define AVO_WIRE_GREETING_H

#include "base/cursor.h"
#include "protocol/view/ticket.h"

/* The session that the client takes for dead: the WELCOME says that it is not, or which of its requests never ran. */
struct avo_session_name {
    uint32_t node_number;
    uint32_t client_number;
};

struct avo_greeting {
    uint32_t number; /* the client's name for the session to come: what the clear header says may be changed on the way */
    struct avo_session_name former;
    struct avo_slice signed_ticket; /* borrowed */
};

#define AVO_GREETING_MAX_BYTES (4 + 4 + 4 + AVO_TICKET_MAX_BYTES)

void avo_greeting_write(struct avo_writer *writer, const struct avo_greeting *greeting);
/* AVO_EFORMAT: too short, or a ticket of more than AVO_TICKET_MAX_BYTES. */
AVO_MUST_USE enum avo_error avo_greeting_read(struct avo_slice bytes, struct avo_greeting *greeting);

#endif
