/* What somebody should look at although a node serves: each condition once, with its word, and the levels at which it begins. The
 * enclave judges its own figures by this table, its host writes a line, and `avocado status` warns, all by the same rule. */
#ifndef AVO_BASE_CONDITION_H
#define AVO_BASE_CONDITION_H

#include <stdint.h>

/* Name, word in logs and `status`. One that is nearly reached stands before the one that is reached, and goes on with it. */
#define AVO_CONDITIONS(X)                                                                                                          \
    X(ENCLAVE_NEARLY_FULL, "enclave_memory_nearly_full")                                                                           \
    X(ENCLAVE_FULL, "enclave_memory_full")                                                                                         \
    X(HOST_NEARLY_FULL, "host_memory_nearly_full")                                                                                 \
    X(HOST_FULL, "host_memory_full")                                                                                               \
    X(QUOTA_NEAR, "tombstone_quota_near")                                                                                          \
    X(QUOTA_REACHED, "tombstone_quota_reached")                                                                                    \
    X(TAMPERED, "tampered")                                                                                                        \
    X(DAMAGED, "damaged")                                                                                                          \
    X(UNDER_REPLICATED, "under_replicated")                                                                                        \
    X(NARROW_PATH, "narrow_path")

enum avo_condition {
#define AVO_CONDITION_NAME(name, word) AVO_CONDITION_##name,
    AVO_CONDITIONS(AVO_CONDITION_NAME)
#undef AVO_CONDITION_NAME
        AVO_CONDITION_COUNT
};

/* What they are judged by. */
struct avo_levels {
    uint64_t enclave_bytes_used;
    uint64_t enclave_bytes_budget;
    uint64_t host_bytes;
    uint64_t host_bytes_limit;
    uint64_t tombstones;
    uint64_t tombstone_quota;
    uint64_t tampered;     /* values and packets, lately */
    uint64_t damaged;      /* values, now */
    uint64_t silent_nodes; /* a bit a slot: members that are not heard */
    uint64_t path_bytes;   /* IP packet that the narrowest path takes */
    uint64_t mtu_bytes;    /* that the cluster was made for */
};

#define AVO_LEVEL_COUNT (sizeof(struct avo_levels) / sizeof(uint64_t))

/* A bit a condition that holds: 1 << AVO_CONDITION_x. A limit of 0 is never near. */
uint32_t avo_conditions_of(const struct avo_levels *levels);
/* Its word. Static storage. */
const char *avo_condition_word(enum avo_condition condition);

#endif
