/* The figures of every worker of every node, asked of the enclaves themselves over client sessions. */
#ifndef AVO_CLIENT_FIGURES_H
#define AVO_CLIENT_FIGURES_H

#include "client/io/link.h"

struct avo_node_figures {
    uint8_t slot;
    bool serving;                  /* every worker answered */
    struct avo_stats_reply totals; /* summed over the workers */
};

struct avo_cluster_figures {
    uint8_t count; /* members of the view, in its order */
    struct avo_node_figures nodes[AVO_SLOT_MAX_COUNT];
};

/* Operations a link needs for it. */
uint32_t avo_figures_operation_count(const struct avo_view *view);

/* Asks all of them at once and waits at most `timeout_us`. The link must be otherwise idle. */
void avo_figures_ask(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_view *view, uint64_t timeout_us,
                     struct avo_cluster_figures *figures);

#endif
