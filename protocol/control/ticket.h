/* TICKET_REQUEST: public key 32, u8 rights. The reply is a signed ticket (protocol/view/ticket.h) with at most these rights. */
#ifndef AVO_CONTROL_TICKET_H
#define AVO_CONTROL_TICKET_H

#include "protocol/control/control.h"

struct avo_ticket_request {
    uint8_t public_key[AVO_PUBLIC_KEY_BYTES]; /* X25519: a client that opens sessions with the ticket proves it */
    uint8_t rights;                           /* bits of enum avo_right; what the policy does not grant is left out */
};

void avo_ticket_request_write(struct avo_writer *writer, const struct avo_ticket_request *request);
AVO_MUST_USE enum avo_error avo_ticket_request_read(struct avo_slice message, struct avo_ticket_request *request);

#endif
