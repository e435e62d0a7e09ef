#include "client/io/figures.h"
#include "client/io/clock.h"
#include <string.h>

uint32_t avo_figures_operation_count(const struct avo_view *view) {
    return (uint32_t)view->member_count * view->worker_count;
}

void avo_figures_submit(struct avo_figures_asking *asking, struct avo_client_core *core, const struct avo_view *view,
                        uint64_t deadline_us, struct avo_cluster_figures *figures) {
    *asking = (struct avo_figures_asking){.view = view, .figures = figures};
    memset(figures, 0, sizeof *figures);
    figures->count = view->member_count;
    for (uint8_t member = 0; member < view->member_count; member++) {
        figures->nodes[member].slot = view->members[member].slot;
        for (uint16_t worker = 0; worker < view->worker_count; worker++) {
            struct avo_client_request request = {.call = AVO_CLIENT_STATS,
                                                 .slot = view->members[member].slot,
                                                 .worker = (uint8_t)worker,
                                                 .deadline_us = deadline_us,
                                                 .tag = member};
            asking->left += avo_client_core_submit(core, &request, avo_clock_us()) == AVO_OK;
        }
    }
}

void avo_figures_answer(struct avo_figures_asking *asking, const struct avo_client_completion *completion) {
    uint64_t member = completion->tag;
    struct avo_node_figures *node = &asking->figures->nodes[member];
    asking->left--;
    if (completion->status == AVO_OK && completion->stats != NULL) {
        if (asking->answered[member]++ == 0) {
            node->totals = *completion->stats;
        } else {
            avo_figures_join(&node->totals, completion->stats);
        }
    } else {
        node->error = completion->status;
        node->hint = completion->hint;
        node->other_version = completion->other_version;
    }
}

void avo_figures_end(struct avo_figures_asking *asking) {
    for (uint8_t member = 0; member < asking->view->member_count; member++) {
        struct avo_node_figures *node = &asking->figures->nodes[member];
        node->serving = asking->answered[member] == asking->view->worker_count;
        if (!node->serving) {
            node->totals = (struct avo_figures){0};
        }
    }
}

static void on_answer(void *context, const struct avo_client_completion *completion) {
    avo_figures_answer(context, completion);
}

void avo_figures_ask(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_view *view, uint64_t timeout_us,
                     struct avo_cluster_figures *figures) {
    uint64_t deadline_us = avo_clock_us() + timeout_us;
    struct avo_figures_asking asking;
    struct avo_link_sink sink = {.context = &asking, .done = on_answer};
    avo_figures_submit(&asking, link->core, view, deadline_us, figures);
    while (asking.left > 0) {
        avo_link_turn(link, batch, &sink, deadline_us + AVO_CLIENT_TICK_US);
    }
    avo_figures_end(&asking);
}
