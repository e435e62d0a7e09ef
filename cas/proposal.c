/* View 1: every slot of the policy, voting, incarnation 1 [V0, V4]. */
#include "cas/state.h"
#include <sodium.h>

bool avo_cas_propose(const struct avo_cas *cas, struct avo_view *view) {
    *view = (struct avo_view){.epoch = 1,
                              .slot_count = cas->policy.slot_count,
                              .member_count = cas->policy.slot_count,
                              .policy_version = cas->policy.version,
                              .worker_count = cas->policy.worker_count,
                              .mtu_bytes = cas->policy.mtu_bytes,
                              .value_max_bytes = cas->policy.value_max_bytes};
    avo_copy(view->cluster_id, sizeof view->cluster_id, AVO_SLICE_OF(cas->cluster_id));
    crypto_hash_sha256(view->policy_hash, cas->policy_text, cas->policy_length);
    for (uint8_t i = 0; i < cas->policy.slot_count; i++) {
        if (cas->slots[i].connection == AVO_CAS_NOBODY) {
            return false;
        }
        view->members[i] = cas->slots[i].member;
    }
    return cas->policy.slot_count > 0;
}

bool avo_cas_policy_matches(struct avo_slice text, const struct avo_view *view) {
    uint8_t hash[AVO_HASH_BYTES];
    crypto_hash_sha256(hash, text.data, text.length);
    return avo_slice_equal(AVO_SLICE_OF(hash), AVO_SLICE_OF(view->policy_hash));
}
