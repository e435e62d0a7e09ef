/* Another replica tells its digest unasked, or answers a comparison: what differs from our own is suspect. */
#include "trusted/replica/handlers.h"

/* A group that differs: any of its buckets may. */
static void look_at_groups(struct avo_replica *replica, const struct avo_digest_message *digest) {
    for (uint32_t group = 0; group < AVO_DIGEST_GROUP_COUNT; group++) {
        uint64_t own = avo_store_digest(replica->config.store, group * AVO_DIGEST_GROUP_BUCKETS, AVO_DIGEST_GROUP_BUCKETS);
        replica->comparing.comparison.suspects[group] = avo_digest_at(digest, group) != own ? UINT32_MAX : 0;
    }
    avo_comparison_go_on(replica, AVO_DIGEST_BUCKET_COUNT);
}

static void look_at_buckets(struct avo_replica *replica, const struct avo_digest_message *digest) {
    uint32_t first = digest->group * AVO_DIGEST_GROUP_BUCKETS;
    for (uint32_t i = 0; i < AVO_DIGEST_GROUP_BUCKETS; i++) {
        uint32_t differs = avo_digest_at(digest, i) != avo_store_digest(replica->config.store, first + i, 1);
        replica->comparing.comparison.suspects[digest->group] &= ~((differs ^ 1U) << i);
    }
    avo_comparison_go_on(replica, first + AVO_DIGEST_GROUP_BUCKETS);
}

void avo_replica_on_digest(struct avo_replica *replica, uint8_t slot, const struct avo_digest_message *digest) {
    const struct avo_comparison *comparison = &replica->comparing.comparison;
    bool groups = digest->scope == AVO_SCOPE_GROUPS;
    if (digest->scope == AVO_SCOPE_ALL) {
        avo_compare_hear(replica, slot, avo_digest_at(digest, 0));
        return;
    }
    if (groups != (comparison->step == AVO_COMPARISON_GROUPS) ||
        (!groups && digest->group != comparison->bucket / AVO_DIGEST_GROUP_BUCKETS) ||
        !avo_comparison_hears(replica, slot, digest->round)) {
        return;
    }
    if (groups) {
        look_at_groups(replica, digest);
    } else {
        look_at_buckets(replica, digest);
    }
}
