/* The owner's policy: taken once, from the very key it names as owner; and again where members showed a view of a newer one, which
 * this CAS, restored from an older state, lacks [V7]. A refused upload changes nothing. */
#include "cas/state.h"

static enum avo_error judge(struct avo_cas *cas, uint32_t connection, struct avo_slice text, struct avo_cas_policy *policy,
                            struct avo_text *reason) {
    bool lacks = cas->phase == AVO_CAS_FORMED && !cas->policy_fits;
    if (lacks && !avo_cas_policy_matches(text, &cas->view)) {
        avo_text_add_string(reason, "policy: not the one of the newest view: give the policy that the cluster had last");
        return AVO_EDENIED;
    }
    if ((cas->phase != AVO_CAS_NO_POLICY && !lacks) || cas->recovering) {
        avo_text_add_string(
            reason,
            "policy: this CAS has one already: if it is not yours, start a new CAS; changing a policy comes with a later version");
        return AVO_EDENIED;
    }
    const struct avo_cas_policy_reader *reader = cas->config.policy_reader;
    enum avo_error error = reader->read(reader->context, text, policy, reason);
    if (error == AVO_OK) {
        error = avo_cas_policy_check(policy, reason);
    }
    if (error == AVO_OK && !avo_cas_policy_is_owner(policy, avo_cas_proven_key(cas, connection))) {
        avo_text_add_string(reason, "policy: its owner is not the key you connected with: upload it with the owner's key");
        error = AVO_EDENIED;
    }
    return error;
}

static void adopt(struct avo_cas *cas, struct avo_slice text, const struct avo_cas_policy *policy) {
    cas->policy = *policy;
    avo_copy(cas->policy_text, sizeof cas->policy_text, text);
    cas->policy_length = (uint32_t)text.length;
    if (cas->phase == AVO_CAS_FORMED) {
        cas->policy_fits = true;
        cas->unsaved = true;
        return;
    }
    avo_random_fill(cas->config.random, cas->cluster_id, sizeof cas->cluster_id); /* [V0] */
    avo_random_fill(cas->config.random, cas->cluster_secret, sizeof cas->cluster_secret);
    cas->phase = AVO_CAS_GATHERING;
}

/* Enclaves and LASes that came first are asked again, each with a fresh nonce. */
static void wake_waiting(struct avo_cas *cas, uint64_t now_us) {
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        if (cas->connections[i].peer == AVO_CAS_PEER_WAITING || cas->connections[i].peer == AVO_CAS_PEER_LAS_WAITING) {
            cas->connections[i].deadline_us = now_us + AVO_CAS_IDLE_TIMEOUT_US;
            avo_cas_send_hello(cas, i);
        }
    }
}

void avo_cas_on_policy(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_slice text;
    struct avo_cas_policy policy = {0};
    struct avo_text reason = {0};
    if (avo_control_bytes_read(message, AVO_CONTROL_POLICY, AVO_POLICY_MAX_BYTES, &text) != AVO_OK) {
        avo_cas_refuse_string(cas, event->connection, AVO_ETOOBIG, "policy: empty or larger than 48 KiB: make it shorter");
        return;
    }
    enum avo_error error = judge(cas, event->connection, text, &policy, &reason);
    if (error != AVO_OK) {
        avo_cas_refuse(cas, event->connection, error, &reason);
        avo_cas_warn(cas, &reason);
        return;
    }
    adopt(cas, text, &policy);
    avo_cas_send_empty(cas, event->connection, AVO_CONTROL_DONE);
    avo_cas_log_string(cas, "policy taken from its owner");
    wake_waiting(cas, event->now_us);
}
