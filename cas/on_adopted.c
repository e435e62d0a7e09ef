/* A member is in a view with all its workers [V6], or has pulled all keys for one [V5]. What it says of a view that this CAS does
 * not know comes with that view (MEMBER). */
#include "cas/state.h"

static void note(const struct avo_cas *cas, uint32_t *known, uint32_t epoch) {
    if (epoch > *known && epoch <= cas->view.epoch) {
        *known = epoch;
    }
}

void avo_cas_on_adopted(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    struct avo_configuration configuration;
    if (avo_adopted_read(message, &configuration) != AVO_OK) {
        avo_cas_close(cas, connection, "a malformed ADOPTED");
        return;
    }
    note(cas, &cas->members[avo_cas_slot_of(cas, connection)].adopted_epoch, configuration.epoch);
}

void avo_cas_on_synced(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    uint32_t epoch;
    if (avo_synced_read(message, &epoch) != AVO_OK) {
        avo_cas_close(cas, connection, "a malformed SYNCED");
        return;
    }
    note(cas, &cas->members[avo_cas_slot_of(cas, connection)].synced_epoch, epoch);
}
