/* The first view, and the cluster's secret. [V1] The view must be chosen, and list this incarnation under its own key and address.
 */
#include "base/secret.h"
#include "trusted/steward/steward_state.h"
#include <string.h>

static const char *find_fault(const struct avo_steward *steward, const struct avo_view *view) {
    const struct avo_launch *launch = steward->config.launch;
    const struct avo_member *own = avo_view_member(view, launch->slot);
    if (own == NULL || !avo_secret_equal(own->channel_public_key, steward->identity.channel_key.public, AVO_PUBLIC_KEY_BYTES)) {
        return "CAS: its view does not list this enclave's key in its slot: start a new cluster";
    }
    if (memcmp(own->address.ip, launch->address.ip, sizeof own->address.ip) != 0 || own->address.port != launch->address.port) {
        return "CAS: its view lists this enclave under another address: start a new cluster";
    }
    if (own->incarnation != view->epoch) {
        return "CAS: its view was not made to admit this start of the enclave: start a new cluster";
    }
    if (view->epoch > 1 && own->role != AVO_ROLE_JOINING) { /* [V5] its memory is empty */
        return "CAS: its view lets this start vote before it has pulled the data: do not trust it";
    }
    return avo_steward_view_fault(steward, view);
}

static void join(struct avo_steward *steward, const struct avo_joined *joined, const struct avo_view *view) {
    steward->identity.view = *view;
    memcpy(steward->identity.cluster_secret, joined->cluster_secret, sizeof joined->cluster_secret);
    steward->view = *view;
    avo_copy(steward->signed_view.bytes, sizeof steward->signed_view.bytes, joined->signed_view);
    steward->signed_view.length = joined->signed_view.length;
    steward->identity.signed_view = steward->signed_view;
    avo_acceptor_adopt(&steward->acceptor, (struct avo_configuration){view->epoch, view->generation});
    for (uint32_t i = 0; i < AVO_WORKER_MAX_COUNT; i++) { /* its workers begin with it */
        steward->handed_epoch[i] = view->epoch;
        steward->adopted_epoch[i] = view->epoch;
    }
    steward->phase = AVO_STEWARD_MEMBER;
    avo_steward_effect(steward, AVO_STEWARD_JOINED);
    avo_steward_report(steward);
}

void avo_steward_on_joined(struct avo_steward *steward, struct avo_slice message) {
    struct avo_joined joined;
    struct avo_view view;
    if (avo_joined_read(message, &joined) != AVO_OK) {
        avo_steward_reject(steward, "CAS: its welcome is malformed: look at the log of avocado-cas");
        return;
    }
    if (avo_view_verify(joined.signed_view, steward->identity.cas_sign_public, &view) != AVO_OK) {
        avo_steward_reject(steward, "CAS: its view does not verify under its signing key: do not trust it");
    } else {
        const char *fault = find_fault(steward, &view);
        if (fault != NULL) {
            avo_steward_reject(steward, fault);
        } else {
            join(steward, &joined, &view);
        }
    }
    avo_secret_wipe(&joined, sizeof joined);
}
