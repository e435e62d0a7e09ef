/* A registered LAS proves itself again once a day, and whenever the collateral changed: levels fall out of date, keys are revoked
 * [DESIGN 11.3]. Until its answer it keeps its place; one that does not answer is dropped by its deadline. */
#include "cas/state.h"

#define LOOK_US 5000000 /* collateral is a folder of files: looked at no more often */

static void ask(struct avo_cas *cas, uint32_t connection, uint64_t now_us) {
    cas->connections[connection].deadline_us = now_us + AVO_CAS_IDLE_TIMEOUT_US;
    avo_cas_send_hello(cas, connection);
}

/* True once for each change: when it looks as it did at the last look, so that nothing is judged by half of what is being written.
 */
static bool collateral_changed(struct avo_cas *cas, uint64_t now_us) {
    const struct avo_verifier *verifier = cas->config.verifier;
    if (verifier->collateral_stamp == NULL || now_us < cas->collateral_due_us) {
        return false;
    }
    cas->collateral_due_us = now_us + LOOK_US;
    uint64_t stamp = verifier->collateral_stamp(verifier->context);
    bool settled = stamp != 0 && stamp == cas->collateral_seen;
    bool first = cas->collateral_stamp == 0;
    cas->collateral_seen = stamp;
    if (!first && (!settled || stamp == cas->collateral_stamp)) {
        return false;
    }
    cas->collateral_stamp = stamp;
    return !first;
}

void avo_cas_renew(struct avo_cas *cas, uint64_t now_us) {
    bool changed = collateral_changed(cas, now_us);
    if (changed) {
        avo_cas_log_string(cas, "collateral changed: every LAS is verified again with it");
    }
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        const struct avo_cas_connection *peer = &cas->connections[i];
        bool asked = peer->deadline_us != UINT64_MAX; /* its answer, still to come, is judged by the collateral of that hour */
        if (peer->peer == AVO_CAS_PEER_LAS && !asked && (changed || now_us >= peer->renew_us)) {
            ask(cas, i, now_us);
        }
    }
}
