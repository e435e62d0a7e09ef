/* A view is on disk, or is not. The chosen view 1 is on disk: it goes to the members and to the owner. When it could not be
 * written, it was never chosen: nobody has seen it, and the owner may approve a new one, of another cluster id. */
#include "cas/state.h"

static void undo(struct avo_cas *cas, const struct avo_cas_event *event) {
    cas->phase = AVO_CAS_GATHERING;
    cas->signed_view.length = 0;
    /* [V0] A write that failed may have reached the disk: what is signed from now on is another cluster's. */
    avo_random_fill(cas->config.random, cas->cluster_id, sizeof cas->cluster_id);
    avo_random_fill(cas->config.random, cas->cluster_secret, sizeof cas->cluster_secret);
    for (uint8_t i = 0; i < cas->policy.slot_count; i++) { /* those that left in between */
        uint32_t connection = cas->slots[i].connection;
        if (connection != AVO_CAS_NOBODY && cas->connections[connection].peer != AVO_CAS_PEER_ENCLAVE) {
            cas->slots[i].connection = AVO_CAS_NOBODY;
        }
    }
    struct avo_text text = {0};
    avo_text_add_string(&text, "view 1: the CAS could not write its state, so nothing was signed: ");
    avo_text_add(&text, event->bytes);
    avo_cas_warn(cas, &text);
    if (cas->approver != AVO_CAS_NOBODY) {
        avo_cas_refuse(cas, cas->approver, AVO_EIO, &text);
    }
}

void avo_cas_on_persisted(struct avo_cas *cas, const struct avo_cas_event *event) {
    if (cas->recovering) {
        avo_cas_on_recovered(cas, event);
        return;
    }
    if (cas->phase != AVO_CAS_SIGNING) {
        avo_cas_on_written(cas, event);
        return;
    }
    if (event->error != AVO_OK) {
        undo(cas, event);
        cas->approver = AVO_CAS_NOBODY;
        return;
    }
    cas->phase = AVO_CAS_FORMED;
    avo_cas_follow(cas);
    cas->current = true; /* [V7] there was nothing before this view */
    for (uint8_t i = 0; i < cas->policy.slot_count; i++) {
        uint32_t connection = cas->slots[i].connection;
        if (connection != AVO_CAS_NOBODY && cas->connections[connection].peer == AVO_CAS_PEER_ENCLAVE) {
            avo_cas_send_joined(cas, connection);
        }
    }
    if (cas->approver != AVO_CAS_NOBODY) {
        avo_cas_send_view(cas, cas->approver);
    }
    cas->approver = AVO_CAS_NOBODY;
    avo_cas_log_string(cas, "view 1 is chosen: the cluster is formed");
}
