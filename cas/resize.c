/* The owner has the group grow or shrink by a slot [V4, V6]: noted here, and proposed when it can be. */
#include "cas/state.h"
#include "protocol/view/successor.h"

/* An addition that nobody came for is forgotten, unless a view that lists it may be chosen at this moment. */
static enum avo_error forget_addition(struct avo_cas *cas, struct avo_text *reason) {
    if (cas->proposer.phase == AVO_PROPOSER_ACCEPTING || cas->proposer.phase == AVO_PROPOSER_CHOSEN || cas->chosen.length > 0) {
        avo_text_add_string(reason, "a view is being chosen that may list it: ask again");
        return AVO_EBUSY;
    }
    cas->addition = AVO_CAS_NO_SLOT;
    return AVO_OK;
}

/* One removal at a time; but a new slot that joins stands in the way of any other, so it goes first. */
static bool waits_for_other(const struct avo_cas *cas, uint8_t slot) {
    return cas->removal != AVO_CAS_NO_SLOT && avo_view_member(&cas->view, slot)->role != AVO_ROLE_JOINING;
}

enum avo_error avo_cas_remove(struct avo_cas *cas, uint8_t slot, struct avo_text *reason) {
    if (avo_cas_check_current(cas, reason) != AVO_OK) {
        return AVO_EBUSY;
    }
    if (slot == cas->addition) {
        return forget_addition(cas, reason);
    }
    if (avo_view_member(&cas->view, slot) == NULL) {
        avo_text_add_string(reason, "the cluster has no such slot, or no longer: look at the status");
        return AVO_ENOTFOUND;
    }
    if (cas->removal == slot) {
        return AVO_OK;
    }
    if (waits_for_other(cas, slot)) {
        avo_text_add_count(reason, "slot ", cas->removal, " is being removed: one after the other");
        return AVO_EBUSY;
    }
    enum avo_error error = cas->view.epoch == UINT32_MAX ? AVO_EDENIED : avo_cas_check_smaller(cas, slot, reason);
    cas->removal = error == AVO_OK ? slot : cas->removal;
    return error;
}

enum avo_error avo_cas_add(struct avo_cas *cas, uint8_t slot, struct avo_text *reason) {
    if (avo_cas_check_current(cas, reason) != AVO_OK) {
        return AVO_EBUSY;
    }
    if (avo_view_member(&cas->view, slot) != NULL) {
        avo_text_add_string(reason, "the cluster has it already: start it again, replace it, or add another one");
        return AVO_EDENIED;
    }
    if (cas->policy.las_required && cas->policy.slot_machine[slot] == AVO_CAS_NO_MACHINE) {
        avo_text_add_string(reason, "the policy pins it to no machine, so nothing could join there: add a slot of las.machines");
        return AVO_EDENIED;
    }
    if (avo_cas_new_slot_joins(cas)) {
        return avo_cas_wait_for_new_slot(cas, reason);
    }
    cas->addition = slot; /* the last word counts: what was to come in another slot may never come */
    return AVO_OK;
}
