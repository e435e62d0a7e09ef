/* The newest signed view, for the owner and the users of the policy. */
#include "cas/state.h"

void avo_cas_on_view(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    if (avo_control_empty_read(message, AVO_CONTROL_VIEW_REQUEST) != AVO_OK) {
        avo_cas_close(cas, connection, "malformed request for the view");
        return;
    }
    if (cas->phase != AVO_CAS_FORMED) {
        avo_cas_refuse_string(cas, connection, AVO_ENOTFOUND, "view: the cluster is not formed yet: approve view 1 first");
        return;
    }
    if (!avo_cas_policy_knows(&cas->policy, avo_cas_proven_key(cas, connection))) {
        avo_cas_refuse_string(cas, connection, AVO_EDENIED, "view: your key is not in the policy: ask its owner to add it");
        return;
    }
    avo_cas_send_view(cas, connection);
}
