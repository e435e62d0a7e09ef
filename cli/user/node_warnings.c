#include "cli/user/node_warnings.h"

/* Of a limit, in percent: from here on it is near, from there on it is reached for what is new. */
#define ENCLAVE_NEAR 94 /* an empty enclave of the smallest budget has used 91 */
#define ENCLAVE_FULL 97
#define HOST_NEAR 85
#define HOST_FULL 95
#define QUOTA_NEAR 90
#define QUOTA_FULL 98 /* the last 64th is kept for deletes under way */
#define MIB(bytes) ((unsigned long long)((bytes) >> 20))

static uint64_t percent_of(uint64_t used, uint64_t limit) {
    return limit == 0 ? 0 : used * 100 / limit;
}

static void enclave_warn(int slot, const struct avo_figures *figures, struct avo_warnings *warnings) {
    uint64_t percent = percent_of(figures->enclave_bytes_used, figures->enclave_bytes_budget);
    if (percent >= ENCLAVE_FULL) {
        avo_warning_add(warnings, "enclave_memory_full", slot, 0,
                        "%llu of %llu MiB of enclave memory are used up: new keys are refused; a cluster with a larger --budget "
                        "holds more",
                        MIB(figures->enclave_bytes_used), MIB(figures->enclave_bytes_budget));
    } else if (percent >= ENCLAVE_NEAR) {
        avo_warning_add(warnings, "enclave_memory_nearly_full", slot, 0,
                        "%llu of %llu MiB of enclave memory are used up; at about 98 %% new keys are refused",
                        MIB(figures->enclave_bytes_used), MIB(figures->enclave_bytes_budget));
    }
}

static void host_warn(int slot, const struct avo_figures *figures, struct avo_warnings *warnings) {
    uint64_t percent = percent_of(figures->host_bytes, figures->host_bytes_limit);
    if (percent >= HOST_FULL) {
        avo_warning_add(warnings, "host_memory_full", slot, 0,
                        "%llu of %llu MiB of host memory are taken: new and larger values are refused; delete values, or start "
                        "with a larger --host-memory",
                        MIB(figures->host_bytes), MIB(figures->host_bytes_limit));
    } else if (percent >= HOST_NEAR) {
        avo_warning_add(warnings, "host_memory_nearly_full", slot, 0,
                        "%llu of %llu MiB of host memory are taken; when it is full, new and larger values are refused",
                        MIB(figures->host_bytes), MIB(figures->host_bytes_limit));
    }
}

static void quota_warn(int slot, const struct avo_figures *figures, struct avo_warnings *warnings) {
    uint64_t percent = percent_of(figures->tombstones, figures->tombstone_quota);
    if (percent >= QUOTA_NEAR) {
        avo_warning_add(warnings, percent >= QUOTA_FULL ? "tombstone_quota_reached" : "tombstone_quota_near", slot, 0,
                        "%llu of %llu tombstones: %s; put over deleted keys, or overwrite instead of deleting",
                        (unsigned long long)figures->tombstones, (unsigned long long)figures->tombstone_quota,
                        percent >= QUOTA_FULL ? "deletes are refused" : "at the quota deletes are refused");
    }
}

static void tampering_warn(int slot, const struct avo_figures *figures, struct avo_warnings *warnings) {
    if (figures->tampered_recently > 0) {
        avo_warning_add(warnings, "tampered", slot, 0,
                        "%llu values or packets did not verify in the last minutes: somebody, or broken memory, changes bytes on "
                        "that host or on the way to it; answers are right all the same",
                        (unsigned long long)figures->tampered_recently);
    }
    if (figures->damaged_now > 0) {
        avo_warning_add(warnings, "damaged", slot, 0,
                        "%llu values are damaged there and not yet mended from another replica; where that lasts, no intact copy "
                        "is in reach",
                        (unsigned long long)figures->damaged_now);
    }
}

static void behind_warn(int slot, const struct avo_figures *figures, struct avo_warnings *warnings) {
    if (figures->behind_long > 0) {
        avo_warning_add(warnings, "under_replicated", slot, 0,
                        "for a minute it has lacked newer values of %llu keys that another node holds: what it should hold has one "
                        "copy less; see whether its memory is full, and the network between the nodes",
                        (unsigned long long)figures->behind_long);
    }
}

static void path_warn(int slot, uint32_t mtu_bytes, const struct avo_figures *figures, uint32_t own_bytes,
                      struct avo_warnings *warnings) {
    uint64_t found = figures->mtu_to_nodes < figures->mtu_to_clients ? figures->mtu_to_nodes : figures->mtu_to_clients;
    found = own_bytes < found ? own_bytes : found;
    if (found < mtu_bytes) {
        avo_warning_add(warnings, "narrow_path", slot, 0,
                        "a path %s takes packets of at most %llu bytes, and the cluster was made for %u; it serves with smaller "
                        "ones; mend the path, or start with --mtu %llu",
                        own_bytes == found               ? "from here to it"
                        : figures->mtu_to_nodes == found ? "from it to another node"
                                                         : "from it to a client",
                        (unsigned long long)found, mtu_bytes, (unsigned long long)(found < 1280 ? 1280 : found));
    }
}

void avo_nodes_warn(const struct avo_view *view, const struct avo_health *health, struct avo_warnings *warnings) {
    for (uint8_t i = 0; i < view->member_count; i++) {
        const struct avo_node_figures *node = &health->figures.nodes[i];
        int slot = view->members[i].slot;
        if (!node->serving || view->members[i].role != AVO_ROLE_VOTING) {
            avo_warning_add(warnings, "under_replicated", slot, 0,
                            "the node %s: what it should hold has one copy less; see its log and the network on the way to it",
                            node->serving ? "is joining" : "does not answer");
            continue;
        }
        enclave_warn(slot, &node->totals, warnings);
        host_warn(slot, &node->totals, warnings);
        quota_warn(slot, &node->totals, warnings);
        tampering_warn(slot, &node->totals, warnings);
        behind_warn(slot, &node->totals, warnings);
        path_warn(slot, view->mtu_bytes, &node->totals, health->mtu_bytes[i], warnings);
    }
}
