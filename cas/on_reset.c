/* [V8] The owner declares the data of the cluster lost: the CAS begins another one, of a new id, with the policy that it has. Only
 * this command does it. What is on disk stays the old cluster until view 1 of the new one is written: a CAS that starts again in
 * between knows nothing of the reset, and is asked once more. */
#include "cas/state.h"

static enum avo_error judge(const struct avo_cas *cas, uint32_t connection, struct avo_slice message, struct avo_text *reason) {
    struct avo_slice id;
    if (avo_control_bytes_read(message, AVO_CONTROL_RESET, AVO_CLUSTER_ID_BYTES, &id) != AVO_OK) {
        avo_text_add_string(reason, "the request is malformed: install the same version on both");
        return AVO_EFORMAT;
    }
    if (cas->phase == AVO_CAS_NO_POLICY || !avo_cas_policy_is_owner(&cas->policy, avo_cas_proven_key(cas, connection))) {
        avo_text_add_string(reason, "only the policy's owner can: use the owner's key");
        return AVO_EDENIED;
    }
    if (cas->phase != AVO_CAS_FORMED) {
        return AVO_OK; /* it was done: the reply was lost, or nothing was formed since */
    }
    if (!avo_slice_equal(id, AVO_SLICE_OF(cas->cluster_id))) {
        avo_text_add_string(reason, "the CAS has another cluster than the one to reset: look at its status");
        return AVO_ESTALE;
    }
    if (cas->writing != AVO_CAS_WRITING_NOTHING) {
        avo_text_add_string(reason, "a view is being written: try again");
        return AVO_EBUSY;
    }
    if (!cas->policy_fits) {
        avo_text_add_string(reason, "this CAS lacks the cluster's policy: give it with avocado cluster form --policy first");
        return AVO_EDENIED;
    }
    return AVO_OK;
}

static void forget_members(struct avo_cas *cas) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        uint32_t connection = cas->members[slot].connection;
        if (connection != AVO_CAS_NOBODY) {
            avo_cas_close(cas, connection, "its cluster was given up by the owner");
        }
        cas->members[slot] = (struct avo_cas_member){.connection = AVO_CAS_NOBODY};
        cas->slots[slot].connection = AVO_CAS_NOBODY;
        avo_text_clear(&cas->slots[slot].refusal);
    }
}

static void begin_again(struct avo_cas *cas) {
    forget_members(cas);
    cas->phase = AVO_CAS_GATHERING;
    avo_random_fill(cas->config.random, cas->cluster_id, sizeof cas->cluster_id); /* [V0] */
    avo_random_fill(cas->config.random, cas->cluster_secret, sizeof cas->cluster_secret);
    cas->signed_view.length = 0;
    cas->chosen.length = 0;
    cas->unsaved = false;
    cas->current = false;
    cas->joiner.connection = AVO_CAS_NOBODY;
    cas->removal = AVO_CAS_NO_SLOT;
    cas->addition = AVO_CAS_NO_SLOT;
    cas->proposer.phase = AVO_PROPOSER_IDLE;
}

void avo_cas_on_reset(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    struct avo_text reason = {0};
    avo_text_add_string(&reason, "reset: ");
    enum avo_error error = judge(cas, connection, message, &reason);
    if (error != AVO_OK) {
        avo_cas_refuse(cas, connection, error, &reason);
        avo_cas_warn_seldom(cas, &reason, "a reset was refused");
        return;
    }
    if (cas->phase == AVO_CAS_FORMED) {
        begin_again(cas);
        avo_text_clear(&reason);
        avo_text_add_string(&reason, "the owner gave up the cluster and its data: this CAS gathers members for another one");
        avo_cas_warn(cas, &reason);
    }
    avo_cas_send_empty(cas, connection, AVO_CONTROL_DONE);
}
