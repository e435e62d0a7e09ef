/* The owner has the group grow or shrink by a slot [V6]. A refused request changes nothing. */
#include "cas/state.h"
#include "protocol/control/resize.h"

static enum avo_error judge(struct avo_cas *cas, uint32_t connection, const struct avo_resize_request *request,
                            struct avo_text *reason) {
    if (cas->phase != AVO_CAS_FORMED) {
        avo_text_add_string(reason, "the cluster is not formed yet: approve view 1 first");
        return AVO_EDENIED;
    }
    if (!avo_cas_policy_is_owner(&cas->policy, avo_cas_proven_key(cas, connection))) {
        avo_text_add_string(reason, "only the policy's owner adds and removes nodes: use the owner's key");
        return AVO_EDENIED;
    }
    return request->change == AVO_RESIZE_ADD ? avo_cas_add(cas, request->slot, reason) : avo_cas_remove(cas, request->slot, reason);
}

void avo_cas_on_resize(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    struct avo_resize_request request;
    struct avo_text line = {0}, reason = {0};
    if (avo_resize_request_read(message, &request) != AVO_OK) {
        avo_cas_close(cas, connection, "malformed request to add or remove a node");
        return;
    }
    enum avo_error error = judge(cas, connection, &request, &reason);
    avo_text_add_count(&line, "slot ", request.slot, ": ");
    if (error == AVO_OK) {
        avo_text_add_string(&line, request.change == AVO_RESIZE_ADD ? "the owner adds it: an enclave may join there"
                                                                    : "the owner has it removed");
        avo_cas_log(cas, &line);
        avo_cas_send_empty(cas, connection, AVO_CONTROL_DONE);
        return;
    }
    avo_text_add(&line, avo_slice(reason.bytes, reason.length));
    avo_cas_refuse(cas, connection, error, &line);
    avo_cas_warn_seldom(cas, &line, "a request to add or remove a node was refused");
}
