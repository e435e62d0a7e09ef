/* How far genesis is: for the owner and the users of the policy. */
#include "cas/state.h"

static enum avo_genesis_phase phase_of(const struct avo_cas *cas, bool proposed) {
    if (cas->phase == AVO_CAS_NO_POLICY) {
        return AVO_GENESIS_NO_POLICY;
    }
    if (cas->phase == AVO_CAS_FORMED) {
        return AVO_GENESIS_FORMED;
    }
    return proposed ? AVO_GENESIS_PROPOSED : AVO_GENESIS_GATHERING;
}

static void fill_slot(struct avo_slot_status *status, const struct avo_cas *cas, uint8_t index) {
    const struct avo_cas_slot *slot = &cas->slots[index];
    const struct avo_member *member = cas->phase == AVO_CAS_FORMED ? avo_view_member(&cas->view, index) : &slot->member;
    status->joined = cas->phase == AVO_CAS_FORMED ? member != NULL : slot->connection != AVO_CAS_NOBODY;
    if (status->joined) {
        status->member = *member;
    }
    status->refusal = slot->refusal;
}

/* Slots keep their numbers when the group grows and shrinks. One that is added shows why it was refused. */
static uint8_t slot_count(const struct avo_cas *cas) {
    if (cas->phase != AVO_CAS_FORMED) {
        return cas->policy.slot_count;
    }
    uint8_t last = cas->view.members[cas->view.member_count - 1].slot;
    bool beyond = cas->addition != AVO_CAS_NO_SLOT && cas->addition > last;
    return (uint8_t)((beyond ? cas->addition : last) + 1);
}

void avo_cas_on_status(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    if (avo_control_empty_read(message, AVO_CONTROL_STATUS_REQUEST) != AVO_OK) {
        avo_cas_close(cas, connection, "malformed request for status");
        return;
    }
    if (cas->phase != AVO_CAS_NO_POLICY && !avo_cas_policy_knows(&cas->policy, avo_cas_proven_key(cas, connection))) {
        avo_cas_refuse_string(cas, connection, AVO_EDENIED, "status: your key is not in the policy: ask its owner to add it");
        return;
    }
    struct avo_genesis_status status = {
        .policy_version = cas->policy.version, .vendor_verifications = cas->vendor_verifications, .slot_count = slot_count(cas)};
    status.has_view = cas->phase != AVO_CAS_NO_POLICY && avo_cas_propose(cas, &status.view);
    if (cas->phase == AVO_CAS_FORMED) {
        status.has_view = true;
        status.view = cas->view;
    }
    status.phase = phase_of(cas, status.has_view);
    for (uint8_t i = 0; i < status.slot_count; i++) {
        fill_slot(&status.slots[i], cas, i);
    }
    uint8_t bytes[AVO_STATUS_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_genesis_status_write(&writer, &status);
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
}
