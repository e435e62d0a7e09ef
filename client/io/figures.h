/* The figures of every worker of every node, asked of the enclaves themselves over client sessions. */
#ifndef AVO_CLIENT_FIGURES_H
#define AVO_CLIENT_FIGURES_H

#include "client/io/link.h"

struct avo_node_figures {
    uint8_t slot;
    bool serving;              /* every worker answered */
    enum avo_error error;      /* else how the last of the others ended: AVO_EVERSION, AVO_EDENIED, AVO_EEXPIRED are its refusals */
    enum avo_error hint;       /* with AVO_ETIMEOUT: what refusals said that nobody signed; AVO_OK: none came */
    uint8_t other_version;     /* with AVO_EVERSION: what it speaks */
    struct avo_figures totals; /* summed over the workers */
};

struct avo_cluster_figures {
    uint8_t count; /* members of the view, in its order */
    struct avo_node_figures nodes[AVO_SLOT_MAX_COUNT];
};

/* Operations a link needs for it. */
uint32_t avo_figures_operation_count(const struct avo_view *view);

/* The same in steps, for a link that has other things to do as well: submit, then give every completion of AVO_CLIENT_STATS to
 * avo_figures_answer until `left` is 0, then end. */
struct avo_figures_asking {
    const struct avo_view *view; /* borrowed */
    struct avo_cluster_figures *figures;
    uint16_t answered[AVO_SLOT_MAX_COUNT]; /* workers */
    uint32_t left;
};
void avo_figures_submit(struct avo_figures_asking *asking, struct avo_client_core *core, const struct avo_view *view,
                        uint64_t deadline_us, struct avo_cluster_figures *figures);
void avo_figures_answer(struct avo_figures_asking *asking, const struct avo_client_completion *completion);
void avo_figures_end(struct avo_figures_asking *asking);

/* Asks all of them at once and waits at most `timeout_us`. The link must be otherwise idle. */
void avo_figures_ask(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_view *view, uint64_t timeout_us,
                     struct avo_cluster_figures *figures);

#endif
