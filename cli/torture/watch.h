/* What a torture must leave as it was: the processes of the cluster, and their memory. */
#ifndef AVO_CLI_TORTURE_WATCH_H
#define AVO_CLI_TORTURE_WATCH_H

#include "base/limits.h"
#include "client/io/profile.h"

/* How much a node's resident memory may grow between the two looks: this and an eighth. */
#define AVO_WATCH_GROWTH_BYTES (16ULL << 20)

struct avo_watch_node {
    uint64_t first_bytes; /* resident, host and enclave together; 0: never looked, or one is not there */
    uint64_t last_bytes;
};

struct avo_watch {
    const char *dir; /* NULL: the cluster is not on this machine, and nothing is looked at */
    const struct avo_view *view;
    unsigned processes_before;
    unsigned processes_after;
    struct avo_watch_node nodes[AVO_SLOT_MAX_COUNT];
};

/* Both are borrowed. Counts the processes. */
struct avo_watch avo_watch_begin(const char *dir, const struct avo_view *view);
/* The first time it is the measure; after that, what is compared with it. */
void avo_watch_memory(struct avo_watch *watch);
/* Counts them again. False: something is not as it was; `why` says what. */
AVO_MUST_USE bool avo_watch_end(struct avo_watch *watch, struct avo_why *why);

#endif
