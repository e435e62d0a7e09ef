/* A ticket for a user of the policy: the user's name, the key it asks for, no right the policy does not grant, an expiry, the
 * policy's version [DESIGN 11.4]. Who may ask is proven by the Noise handshake; who may use the ticket proves its key to the node.
 * The owner asks like everybody: not in users[], no ticket, whosever key it asks for. A ticket is renewed by asking again: nothing
 * of the old one is looked at, so one that has ended is renewed too, one that was stolen is not without its key, and a user that
 * the policy no longer lists gets none. */
#include "cas/state.h"
#include "protocol/control/ticket.h"
#include "protocol/view/ticket.h"
#include <string.h>

static void issue(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_ticket_request *request, uint8_t rights,
                  struct avo_slice name) {
    struct avo_ticket ticket = {.rights = rights,
                                .expires_s = event->now_s + AVO_TICKET_LIFETIME_S,
                                .policy_version = cas->policy.version,
                                .name_length = (uint8_t)name.length};
    avo_copy(ticket.cluster_id, sizeof ticket.cluster_id, AVO_SLICE_OF(cas->cluster_id));
    avo_copy(ticket.public_key, sizeof ticket.public_key, AVO_SLICE_OF(request->public_key));
    avo_copy(ticket.name, sizeof ticket.name, name);
    uint8_t signed_ticket[AVO_TICKET_MAX_BYTES];
    size_t length = avo_ticket_sign(&ticket, cas->sign_secret, signed_ticket);
    uint8_t bytes[1 + AVO_TICKET_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_control_bytes_write(&writer, AVO_CONTROL_TICKET, avo_slice(signed_ticket, length));
    avo_cas_send(cas, event->connection, avo_writer_slice(&writer));
}

void avo_cas_on_ticket(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_ticket_request request;
    struct avo_slice name;
    if (avo_ticket_request_read(message, &request) != AVO_OK) {
        avo_cas_close(cas, event->connection, "malformed request for a ticket");
        return;
    }
    if (cas->phase != AVO_CAS_FORMED) {
        avo_cas_refuse_string(cas, event->connection, AVO_EDENIED, "ticket: the cluster is not formed yet: approve view 1 first");
        return;
    }
    struct avo_text reason = {0};
    avo_text_add_string(&reason, "ticket: ");
    enum avo_error error = avo_cas_check_current(cas, &reason);
    if (error != AVO_OK) {
        avo_cas_refuse(cas, event->connection, error, &reason);
        return;
    }
    uint8_t rights = avo_cas_policy_rights(&cas->policy, avo_cas_proven_key(cas, event->connection), &name) & request.rights;
    if (rights == 0) {
        bool owner = memcmp(avo_cas_proven_key(cas, event->connection), cas->policy.owner, sizeof cas->policy.owner) == 0;
        avo_cas_refuse_string(
            cas, event->connection, AVO_EDENIED,
            owner ? "ticket: the owner's key gets none, unless the policy lists it: use a key that stands in its users"
                  : "ticket: the policy grants your key none of these rights: ask its owner to add it");
        return;
    }
    issue(cas, event, &request, rights, name);
}
