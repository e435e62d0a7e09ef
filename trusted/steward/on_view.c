/* [V1] A newer view: adopted when the CAS chose it, for this cluster, with a higher epoch. Where it came from does not matter. */
#include "trusted/steward/steward_state.h"

static const char *find_fault(const struct avo_steward *steward, struct avo_slice signed_view, struct avo_view *next) {
    if (avo_view_verify(signed_view, steward->identity.cas_sign_public, next) != AVO_OK) {
        return "view: one that the CAS did not choose was sent, and is ignored";
    }
    if (avo_view_adoptable(&steward->view, steward->view.cluster_id, next) == AVO_EDENIED) {
        return "view: one of another cluster was sent, and is ignored";
    }
    if (!avo_view_same_limits(&steward->view, next)) {
        return "view: one with other limits was sent, and is ignored: they are fixed for the life of a cluster";
    }
    return avo_steward_view_fault(steward, next);
}

/* An incarnation that left never returns [DESIGN 6]: its process ends. */
static bool still_listed(struct avo_steward *steward, const struct avo_view *next) {
    uint8_t slot = steward->config.launch->slot;
    const struct avo_member *own = avo_view_member(&steward->view, slot), *then = avo_view_member(next, slot);
    if (then == NULL) {
        avo_steward_end(steward, AVO_ENDING_LEFT, "it was removed from the cluster");
    } else if (then->incarnation != own->incarnation) {
        avo_steward_end(steward, AVO_ENDING_LEFT, "another start of this slot took its place");
    }
    return then != NULL && then->incarnation == own->incarnation;
}

void avo_steward_on_view(struct avo_steward *steward, struct avo_slice signed_view) {
    struct avo_view next;
    if (steward->phase != AVO_STEWARD_MEMBER) {
        return;
    }
    const char *fault = find_fault(steward, signed_view, &next);
    if (fault != NULL) {
        uint32_t count = ++steward->fault_count; /* anybody can send what is none: said the 1st, 2nd, 4th ... time */
        if ((count & (count - 1)) == 0) {
            avo_steward_say(steward, AVO_LOG_WARN, fault);
        }
    } else if (next.epoch > steward->view.epoch) {
        if (!still_listed(steward, &next)) {
            return;
        }
        steward->view = next;
        avo_copy(steward->signed_view.bytes, sizeof steward->signed_view.bytes, signed_view);
        steward->signed_view.length = signed_view.length;
        avo_steward_hand(steward);
    }
}
