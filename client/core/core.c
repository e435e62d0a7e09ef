/* Building a core, submitting to it, and its timers. */
#include "client/core/core.h"
#include "base/assert.h"
#include "base/secret.h"
#include "client/core/state.h"
#include <string.h>

#define SMALL_BLOB_BYTES 4096
#define MIDDLE_BLOB_BYTES 65536
/* What a transfer costs beside its blob: bits and places for its segments. */
#define TRANSFER_ESTIMATE_BYTES 4096
#define SLACK_BYTES 65536

#define MORE_MEMBERS 2  /* that may come while it runs; further ones are not asked */
#define ROW_MIN_COUNT 5 /* more members than a quorum of nine can miss: however a small group grows, one of these serves */

static uint8_t row_count_of(const struct avo_view *view) {
    uint32_t rows = view->member_count + MORE_MEMBERS > ROW_MIN_COUNT ? view->member_count + MORE_MEMBERS : ROW_MIN_COUNT;
    return (uint8_t)(rows < AVO_SLOT_MAX_COUNT ? rows : AVO_SLOT_MAX_COUNT);
}

static uint32_t session_count_of(const struct avo_view *view) {
    return (uint32_t)row_count_of(view) * view->worker_count;
}

static struct avo_blobs_config blobs_of(const struct avo_client_core_config *config) {
    size_t largest = config->transfer_max_bytes > MIDDLE_BLOB_BYTES ? config->transfer_max_bytes : MIDDLE_BLOB_BYTES + 1;
    return (struct avo_blobs_config){.count = {4 * config->transfer_count, config->transfer_count, config->transfer_count},
                                     .bytes = {SMALL_BLOB_BYTES, MIDDLE_BLOB_BYTES, largest}};
}

size_t avo_client_core_bytes(const struct avo_client_core_config *config) {
    size_t bytes = sizeof(struct avo_client_core) + SLACK_BYTES;
    bytes += session_count_of(config->view) * (sizeof(struct avo_client_session) + AVO_CACHE_LINE_BYTES);
    bytes += config->operation_count * (sizeof(struct avo_client_operation) + AVO_CACHE_LINE_BYTES);
    if (config->transfer_count > 0) {
        struct avo_blobs_config blobs = blobs_of(config);
        size_t each = blobs.bytes[2] + blobs.bytes[1] + 4 * blobs.bytes[0] + 6 * (AVO_CACHE_LINE_BYTES + TRANSFER_ESTIMATE_BYTES);
        bytes += 2 * (config->transfer_count * each + SLACK_BYTES);
    }
    return bytes;
}

static struct avo_rtt *rtt_of(void *owner, uint32_t channel) {
    struct avo_client_core *core = owner;
    return &core->sessions[channel].path.rtt;
}

static bool transfers_create(struct avo_client_core *core, struct avo_arena *arena, const struct avo_client_core_config *config) {
    if (config->transfer_count == 0) {
        return true;
    }
    struct avo_blobs_config blobs = blobs_of(config);
    if (!avo_blobs_create(&core->outgoing_blobs, arena, &blobs) || !avo_blobs_create(&core->incoming_blobs, arena, &blobs)) {
        return false;
    }
    struct avo_transfers_config transfers = {.outgoing_max_count = 2 * config->transfer_count,
                                             .incoming_max_count = 6 * config->transfer_count,
                                             .outgoing_blobs = &core->outgoing_blobs,
                                             .incoming_blobs = &core->incoming_blobs,
                                             .rtt_of = rtt_of,
                                             .owner = core};
    core->transfers = avo_transfers_create(arena, &transfers);
    return core->transfers != NULL;
}

/* Clients spread over the voting members by chance (many may have one key); each then stays where it is. */
static void prefer_first(struct avo_client_core *core, uint8_t first_slot) {
    const struct avo_view *view = &core->view;
    uint8_t start = 0;
    if (first_slot == AVO_SLOT_CLIENT) {
        avo_random_fill(core->random, &start, sizeof start);
        start = (uint8_t)(start % view->member_count);
    }
    for (uint8_t i = 0; i < view->member_count; i++) {
        start = view->members[i].slot == first_slot ? i : start;
    }
    for (uint8_t i = view->member_count; i > 0; i--) {
        uint8_t member = (uint8_t)((start + i - 1) % view->member_count);
        core->preferred = view->members[member].role == AVO_ROLE_VOTING ? member : core->preferred;
    }
}

static void identity_set(struct avo_client_core *core, const struct avo_client_core_config *config) {
    core->view = *config->view;
    avo_view_hash(&core->view, core->view_hash);
    core->follows = config->cas_sign_public != NULL;
    if (core->follows) {
        memcpy(core->cas_sign_public, config->cas_sign_public, sizeof core->cas_sign_public);
    }
    core->key = *config->key;
    avo_client_ticket_take(core, config->signed_ticket);
    core->renews = config->renews;
    core->aead = config->aead;
    core->random = config->random;
    core->limits = config->limits;
    core->packet_bytes = core->view.mtu_bytes - AVO_UDP_OVERHEAD_BYTES;
}

struct avo_client_core *avo_client_core_create(struct avo_arena *arena, const struct avo_client_core_config *config) {
    if (config->operation_count == 0 || config->operation_count > AVO_CLIENT_OPERATIONS_MAX ||
        config->signed_ticket.length > AVO_TICKET_MAX_BYTES || config->view->member_count == 0) {
        return NULL;
    }
    struct avo_client_core *core = avo_arena_take(arena, 1, sizeof *core);
    if (core == NULL) {
        return NULL;
    }
    identity_set(core, config);
    core->waiting = avo_operation_list();
    core->done = avo_operation_list();
    core->session_count = session_count_of(&core->view);
    core->sessions = avo_arena_take(arena, core->session_count, sizeof *core->sessions);
    if (core->sessions == NULL ||
        !avo_pool_create(&core->operations, arena, config->operation_count, sizeof(struct avo_client_operation)) ||
        !transfers_create(core, arena, config)) {
        return NULL;
    }
    prefer_first(core, config->first_slot);
    core->view.member_count = row_count_of(config->view);
    avo_client_view_begin(core);
    return core;
}

void avo_client_core_wipe(struct avo_client_core *core) {
    for (uint32_t i = 0; i < core->session_count; i++) {
        avo_noise_wipe(&core->sessions[i].noise);
        avo_channel_wipe(&core->sessions[i].channel);
    }
    avo_secret_wipe(core->packet, sizeof core->packet);
    avo_secret_wipe(core->key_secret, sizeof core->key_secret);
    avo_secret_wipe(&core->key, sizeof core->key);
}

enum avo_error avo_client_core_check(const struct avo_client_core *core, const struct avo_client_request *request) {
    switch (request->call) {
    case AVO_CLIENT_STATS:
        return request->slot < AVO_SLOT_MAX_COUNT && avo_view_member(&core->view, request->slot) != NULL &&
                       request->worker < core->view.worker_count
                   ? AVO_OK
                   : AVO_EINVAL;
    case AVO_CLIENT_GET:
    case AVO_CLIENT_DELETE:
    case AVO_CLIENT_PUT:
        break;
    default:
        return AVO_EINVAL;
    }
    if (request->key.length == 0) {
        return AVO_EINVAL;
    }
    if (request->key.length > AVO_KEY_MAX_BYTES || request->value.length > core->view.value_max_bytes) {
        return AVO_ETOOBIG;
    }
    return core->transfers == NULL && avo_client_is_large(core, request) ? AVO_ETOOBIG : AVO_OK;
}

enum avo_error avo_client_core_submit(struct avo_client_core *core, const struct avo_client_request *request, uint64_t now_us) {
    core->now_us = now_us;
    enum avo_error error = avo_client_core_check(core, request);
    if (error != AVO_OK) {
        return error;
    }
    uint32_t index = avo_pool_take(&core->operations);
    if (index == AVO_POOL_NONE) {
        return AVO_EBUSY;
    }
    if (core->operations.taken_count == 1) {
        core->next_tick_us = now_us + AVO_CLIENT_TICK_US;
    }
    *avo_operation_at(&core->operations, index) = (struct avo_client_operation){.request = *request,
                                                                                .status = AVO_ETIMEOUT,
                                                                                .slot = AVO_SLOT_CLIENT,
                                                                                .headed_for = AVO_SLOT_CLIENT,
                                                                                .begun_us = now_us,
                                                                                .patience_us = AVO_CLIENT_PATIENCE_MIN_US,
                                                                                .resend_after_us = AVO_CLIENT_RESEND_MIN_US};
    avo_client_retry(core, index, 0);
    avo_client_route(core);
    return AVO_OK;
}

static void operation_tick(struct avo_client_core *core, uint32_t index) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    if (operation->request.deadline_us <= core->now_us) {
        avo_client_release(core, index);
        avo_client_finish(core, index, operation->status);
    } else if (operation->state == AVO_OPERATION_SENT && operation->resend_us <= core->now_us) {
        struct avo_client_session *session = &core->sessions[operation->session];
        avo_operation_remove(&session->sent, &core->operations, index);
        avo_operation_prepend(&session->queue, &core->operations, index);
        operation->state = AVO_OPERATION_QUEUED;
        operation->resent = true;
        core->stats.resent++;
        avo_path_suspect(&session->path, core->now_us);
        bool heard = core->now_us < session->heard_us + AVO_CLIENT_RESEND_MIN_US; /* else nothing is known of the way */
        bool late = operation->resend_after_us > 4 * AVO_CLIENT_RESEND_MIN_US;    /* or the way is only long */
        if (heard && late && !avo_client_is_large(core, &operation->request)) {   /* of a transfer the receiver keeps the pace */
            avo_client_window_cut(session, core->now_us);
        }
    }
}

static void list_tick(struct avo_client_core *core, const struct avo_operation_list *list) {
    uint32_t next;
    for (uint32_t index = list->first; index != AVO_POOL_NONE; index = next) {
        next = avo_operation_at(&core->operations, index)->next;
        operation_tick(core, index);
    }
}

static void session_tick(struct avo_client_core *core, struct avo_client_session *session) {
    bool silent = session->silent_since_us != AVO_TIME_NEVER &&
                  core->now_us >= session->silent_since_us + avo_client_session_silence_us(session);
    if (!silent) {
        return;
    }
    bool lost = session->open && session->unreachable && core->now_us >= session->heard_us + AVO_CLIENT_LOST_US;
    session->silent_since_us = session->queue.count + session->sent.count > 0 ? core->now_us : AVO_TIME_NEVER;
    if (lost) {
        avo_client_session_lost(core, session);
    }
    avo_client_fail_over(core, session, false);
}

static void channels_age(struct avo_client_core *core) {
    if (core->now_us < core->aged_us + AVO_CHANNEL_AGE_US) {
        return;
    }
    core->aged_us = core->now_us;
    for (uint32_t i = 0; i < core->session_count; i++) {
        if (core->sessions[i].open) {
            avo_channel_age(&core->sessions[i].channel);
        }
    }
}

void avo_client_core_tick(struct avo_client_core *core, uint64_t now_us) {
    core->now_us = now_us;
    if (core->operations.taken_count == 0 || now_us < core->next_tick_us) {
        return;
    }
    core->next_tick_us = now_us + AVO_CLIENT_TICK_US;
    list_tick(core, &core->waiting);
    for (uint32_t i = 0; i < core->session_count; i++) {
        list_tick(core, &core->sessions[i].queue); /* before `sent`, which resends into it */
        list_tick(core, &core->sessions[i].sent);
    }
    for (uint32_t i = 0; i < core->session_count; i++) {
        session_tick(core, &core->sessions[i]);
    }
    if (core->transfers != NULL) {
        avo_transfers_tick(core->transfers, now_us);
        avo_client_transfer_ended(core);
    }
    channels_age(core);
    avo_client_route(core);
}

uint64_t avo_client_core_wake_us(const struct avo_client_core *core) {
    return core->operations.taken_count > 0 ? core->next_tick_us : UINT64_MAX;
}

uint32_t avo_client_core_busy_count(const struct avo_client_core *core) {
    return core->operations.taken_count;
}

void avo_client_core_stats(const struct avo_client_core *core, struct avo_client_core_stats *stats) {
    *stats = core->stats;
}

uint32_t avo_client_core_mtu(const struct avo_client_core *core, uint8_t slot, bool *settled) {
    uint32_t mtu_bytes = core->view.mtu_bytes;
    bool all = true;
    for (uint32_t i = 0; i < core->session_count; i++) {
        const struct avo_client_session *session = &core->sessions[i];
        if (session->slot == slot && session->open) {
            uint32_t own_bytes = avo_path_mtu(&session->path);
            mtu_bytes = own_bytes < mtu_bytes ? own_bytes : mtu_bytes;
            all = all && (avo_path_is_settled(&session->path) || avo_path_is_narrow(&session->path));
        }
    }
    if (settled != NULL) {
        *settled = all;
    }
    return mtu_bytes;
}
