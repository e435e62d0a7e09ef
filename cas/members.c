/* What is known of the members of the newest view, and how a newer one is learnt. */
#include "base/secret.h"
#include "cas/state.h"

uint8_t avo_cas_slot_of_key(const struct avo_cas *cas, const uint8_t key[AVO_PUBLIC_KEY_BYTES]) {
    for (uint8_t i = 0; i < cas->view.member_count; i++) {
        if (avo_secret_equal(cas->view.members[i].channel_public_key, key, AVO_PUBLIC_KEY_BYTES)) {
            return cas->view.members[i].slot;
        }
    }
    return AVO_CAS_NO_SLOT;
}

/* An incarnation never returns [DESIGN 6]. */
void avo_cas_let_go(struct avo_cas *cas, uint32_t connection) {
    avo_cas_send_view(cas, connection);
    avo_cas_close(cas, connection, "its incarnation left the view");
}

/* What the owner asked for has happened. */
static void resize_follow(struct avo_cas *cas) {
    if (cas->removal != AVO_CAS_NO_SLOT && avo_view_member(&cas->view, cas->removal) == NULL) {
        cas->removal = AVO_CAS_NO_SLOT;
    }
    if (cas->addition != AVO_CAS_NO_SLOT && avo_view_member(&cas->view, cas->addition) != NULL) {
        cas->addition = AVO_CAS_NO_SLOT;
    }
}

void avo_cas_welcome(struct avo_cas *cas) {
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        const struct avo_cas_connection *peer = &cas->connections[i];
        uint8_t slot = peer->peer == AVO_CAS_PEER_ENCLAVE ? avo_cas_slot_of_key(cas, avo_cas_proven_key(cas, i)) : AVO_CAS_NO_SLOT;
        if (slot != AVO_CAS_NO_SLOT && cas->members[slot].incarnation == cas->view.epoch) {
            avo_cas_send_joined(cas, i);
        }
        if (slot != AVO_CAS_NO_SLOT && cas->joiner.connection == i) {
            cas->joiner.connection = AVO_CAS_NOBODY;
        }
    }
}

void avo_cas_follow(struct avo_cas *cas) {
    avo_proposer_follow(&cas->proposer, &cas->view, cas->view.generation);
    cas->policy_fits = avo_cas_policy_matches(avo_slice(cas->policy_text, cas->policy_length), &cas->view);
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        const struct avo_member *member = avo_view_member(&cas->view, slot);
        uint32_t incarnation = member == NULL ? 0 : member->incarnation;
        cas->members[slot].asked_in_phase = AVO_PROPOSER_IDLE; /* ballots of two choices may be equal */
        if (cas->members[slot].incarnation != incarnation) {
            uint32_t former = cas->members[slot].connection;
            cas->members[slot] = (struct avo_cas_member){.incarnation = incarnation, .connection = AVO_CAS_NOBODY};
            if (former != AVO_CAS_NOBODY) {
                avo_cas_let_go(cas, former);
            }
        }
    }
    resize_follow(cas);
}

static void take(struct avo_cas *cas, struct avo_slice signed_view, const struct avo_view *view) {
    struct avo_text line = {0};
    cas->view = *view;
    avo_copy(cas->signed_view.bytes, sizeof cas->signed_view.bytes, signed_view);
    cas->signed_view.length = signed_view.length;
    cas->chosen.length = 0;
    cas->unsaved = true;
    cas->current = false;
    avo_cas_follow(cas);
    avo_cas_welcome(cas);
    avo_text_add_count(&line, "view ", view->epoch,
                       ": a member showed it, signed by this CAS's key: it is the newest that is known here");
    avo_cas_warn(cas, &line);
    if (!cas->policy_fits) {
        avo_cas_log_string(
            cas, "this CAS lacks the policy of that view, and admits nobody: give it that one with avocado cluster form --policy");
    }
}

bool avo_cas_learn(struct avo_cas *cas, struct avo_slice signed_view, struct avo_view *view) {
    if (avo_view_verify(signed_view, cas->sign_public, view) != AVO_OK ||
        !avo_slice_equal(AVO_SLICE_OF(view->cluster_id), AVO_SLICE_OF(cas->view.cluster_id))) {
        return false;
    }
    if (view->epoch > cas->view.epoch) {
        take(cas, signed_view, view);
    }
    return true;
}
