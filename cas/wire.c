/* A view has all its members speak one wire version [DESIGN 7]: a joiner must speak it, and what it would be with the joiner. */
#include "cas/state.h"

static void say(struct avo_text *reason, uint8_t highest, const char *than, unsigned other, const char *next) {
    avo_text_add_count(reason, "speaks wire version ", highest, than);
    avo_text_add_number(reason, other);
    avo_text_add_string(reason, next);
}

const struct avo_member *avo_cas_other(const struct avo_cas *cas, uint8_t slot, uint8_t i) {
    if (cas->phase == AVO_CAS_FORMED) {
        return i == slot ? NULL : avo_view_member(&cas->view, i); /* its former incarnation is replaced */
    }
    return i == slot || cas->slots[i].connection == AVO_CAS_NOBODY ? NULL : &cas->slots[i].member;
}

enum avo_error avo_cas_check_wire(const struct avo_cas *cas, uint8_t slot, uint8_t highest, struct avo_text *reason) {
    if (cas->phase == AVO_CAS_FORMED && highest < avo_view_wire(&cas->view)) {
        say(reason, highest, " at most, all members speak ", avo_view_wire(&cas->view),
            ": start it by a build that speaks it, too");
        return AVO_EDENIED;
    }
    for (uint8_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        const struct avo_member *other = avo_cas_other(cas, slot, i);
        if (other != NULL && (highest > other->wire_highest + 1 || other->wire_highest > highest + 1)) {
            avo_text_add_count(reason, "slot ", i, " and it have no wire version in common: it ");
            say(reason, highest, ", the other ", other->wire_highest,
                ", and each the one before: upgrade the older of the two first");
            return AVO_EDENIED;
        }
    }
    return AVO_OK;
}
