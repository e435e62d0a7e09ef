#include "cli/base/health.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include <stdlib.h>

#define READ_KEY "avocado reads this key to see whether a majority answers"
#define FOLLOW_COUNT 3   /* views that change meanwhile */
#define TRANSFER_COUNT 1 /* somebody may have written it after all */

struct asking {
    struct avo_figures_asking figures;
    struct avo_health *health;
    bool read_ended;
};

static void on_answer(void *context, const struct avo_client_completion *completion) {
    struct asking *asking = context;
    if (completion->call == AVO_CLIENT_STATS) {
        avo_figures_answer(&asking->figures, completion);
        return;
    }
    struct avo_health *health = asking->health;
    asking->read_ended = true;
    health->read = completion->status;
    if (completion->status != AVO_OK) {
        avo_explain(&health->why, completion, avo_slice_string(READ_KEY));
    }
}

static unsigned voting_count(const struct avo_view *view, const struct avo_cluster_figures *figures) {
    unsigned count = 0;
    for (uint8_t i = 0; i < view->member_count; i++) {
        count += figures->nodes[i].serving && view->members[i].role == AVO_ROLE_VOTING;
    }
    return count;
}

static void figures_ask(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_view *view, uint64_t deadline_us,
                        struct asking *asking) {
    struct avo_link_sink sink = {.context = asking, .done = on_answer};
    avo_figures_submit(&asking->figures, link->core, view, deadline_us, &asking->health->figures);
    while (asking->figures.left > 0) {
        avo_link_turn(link, batch, &sink, deadline_us + AVO_CLIENT_TICK_US);
    }
    avo_figures_end(&asking->figures);
}

/* What the paths to the nodes take; false while probes are on their way. */
static bool paths_read(const struct avo_client_core *core, const struct avo_view *view, struct avo_health *health) {
    bool all = true;
    for (uint8_t i = 0; i < view->member_count; i++) {
        bool settled;
        health->mtu_bytes[i] = avo_client_core_mtu(core, view->members[i].slot, &settled);
        all = all && settled;
    }
    return all;
}

static void ask(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_view *view, uint64_t patience_us,
                uint64_t timeout_us, bool reading, struct avo_health *health) {
    uint64_t now_us = avo_clock_us();
    uint64_t end_us = now_us + timeout_us;
    struct asking asking = {.health = health};
    struct avo_link_sink sink = {.context = &asking, .done = on_answer};
    const struct avo_client_request read = {
        .call = AVO_CLIENT_GET, .key = avo_slice_string(READ_KEY), .deadline_us = end_us, .tag = UINT64_MAX};
    asking.read_ended = !reading || avo_client_core_submit(link->core, &read, now_us) != AVO_OK;
    figures_ask(link, batch, view, now_us + patience_us, &asking);
    while (!paths_read(link->core, view, health) && avo_clock_us() < now_us + patience_us) {
        uint64_t pause_us = avo_clock_us() + AVO_CLIENT_TICK_US;
        while (avo_clock_us() < pause_us) {
            avo_link_turn(link, batch, &sink, pause_us);
        }
        figures_ask(link, batch, view, now_us + patience_us, &asking); /* probes go beside what is asked */
    }
    health->voting = voting_count(view, &health->figures);
    while (!asking.read_ended && health->voting >= avo_view_quorum(view)) {
        avo_link_turn(link, batch, &sink, end_us + AVO_CLIENT_TICK_US);
    }
}

/* The view that nodes showed meanwhile takes the place of the profile's. */
static bool follow(struct avo_profile *profile, const struct avo_client_core *core) {
    struct avo_view view;
    const struct avo_signed_view *newer = avo_client_core_view(core);
    if (newer == NULL || avo_view_verify(avo_slice(newer->bytes, newer->length), profile->cas_sign_public, &view) != AVO_OK) {
        return false;
    }
    profile->signed_view = *newer;
    profile->view = view;
    return true;
}

/* *again: a newer view came. */
static bool ask_once(struct avo_profile *profile, uint64_t patience_us, uint64_t timeout_us, bool reading,
                     struct avo_health *health, bool *again) {
    struct avo_random random = avo_system_random();
    struct avo_link_aead engine = {0};
    struct avo_link link = {0};
    struct avo_udp_batch *batch = malloc(sizeof *batch);
    bool good = batch != NULL && avo_link_aead_open(&engine);
    struct avo_link_config config = {.view = &profile->view,
                                     .cas_sign_public = profile->cas_sign_public,
                                     .key = &profile->key,
                                     .signed_ticket = avo_slice(profile->ticket_bytes, profile->ticket_length),
                                     .aead = engine.aead,
                                     .random = &random,
                                     .operation_count = avo_figures_operation_count(&profile->view) + 1,
                                     .transfer_count = TRANSFER_COUNT,
                                     .transfer_max_bytes = AVO_MESSAGE_MAX_BYTES};
    *health = (struct avo_health){.read = AVO_OK};
    good = good && avo_link_open(&link, &config) == AVO_OK;
    if (good) {
        ask(&link, batch, &profile->view, patience_us < timeout_us ? patience_us : timeout_us, timeout_us, reading, health);
        *again = follow(profile, link.core);
    }
    avo_link_close(&link);
    avo_link_aead_close(&engine);
    free(batch);
    return good;
}

bool avo_health_ask(struct avo_profile *profile, uint64_t patience_us, uint64_t timeout_us, bool reading,
                    struct avo_health *health) {
    bool again = true;
    for (int i = 0; again && i < FOLLOW_COUNT; i++) {
        again = false;
        if (!ask_once(profile, patience_us, timeout_us, reading, health, &again)) {
            return false;
        }
    }
    return true;
}
