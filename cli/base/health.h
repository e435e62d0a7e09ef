/* Whether a cluster serves: what each enclave says of itself, and whether a client's read finds a majority. The first alone says
 * nothing of the way between the nodes. */
#ifndef AVO_CLI_BASE_HEALTH_H
#define AVO_CLI_BASE_HEALTH_H

#include "client/io/figures.h"

struct avo_health {
    struct avo_cluster_figures figures;
    uint32_t mtu_bytes[AVO_SLOT_MAX_COUNT]; /* of the path to each, in the view's order: what it is found to take */
    unsigned voting;                        /* voting members that answered */
    enum avo_error read; /* how the read ended; AVO_OK also when it was not waited for, since too few members answered */
    struct avo_why why;  /* `read` is an error: in words */
};

/* Where nodes show a newer view, `profile` takes it, in memory, and it is asked again. Asks all at once: nodes have `patience_us`,
 * the read of a key that nobody writes `timeout_us`; it counts among a node's operations. Not `reading`: it is left out, and `read`
 * is AVO_OK. False: no memory or socket. */
AVO_MUST_USE bool avo_health_ask(struct avo_profile *profile, uint64_t patience_us, uint64_t timeout_us, bool reading,
                                 struct avo_health *health);

#endif
