/* Views that change under a client [V1]: members come, go, move, and are replaced by newer starts. A member that stays keeps its
 * row, its sessions and what is under way there; of one that left, what may move moves, and other writes end as AVO_EUNKNOWN. */
#include "base/assert.h"
#include "client/core/state.h"
#include <string.h>

static bool is_free(const struct avo_member *row) {
    return row->slot == AVO_SLOT_CLIENT;
}

static struct avo_client_session *row_sessions(struct avo_client_core *core, uint8_t row) {
    return avo_client_session_of(core, row, 0);
}

static void row_name(struct avo_client_core *core, uint8_t row) {
    struct avo_client_session *sessions = row_sessions(core, row);
    for (uint16_t worker = 0; worker < core->view.worker_count; worker++) {
        struct avo_client_session *session = &sessions[worker];
        memset(session, 0, sizeof *session);
        session->index = (uint16_t)(session - core->sessions);
        session->member = &core->view.members[row];
        session->slot = session->member->slot;
        session->worker = (uint8_t)worker;
        session->queue = avo_operation_list();
        session->sent = avo_operation_list();
        session->silent_since_us = AVO_TIME_NEVER;
        avo_client_window_init(session);
    }
}

/* What it was to tell, no other can. */
static void figures_end(struct avo_client_core *core, struct avo_client_session *session) {
    uint32_t next;
    for (uint32_t index = session->queue.first; index != AVO_POOL_NONE; index = next) {
        next = avo_operation_at(&core->operations, index)->next;
        avo_client_release(core, index);
        avo_client_retry(core, index, 0);
    }
}

/* The row is free before what was under way there looks for another. */
static void row_leave(struct avo_client_core *core, uint8_t row) {
    struct avo_client_session *sessions = row_sessions(core, row);
    core->view.members[row] = (struct avo_member){.slot = AVO_SLOT_CLIENT};
    for (uint16_t worker = 0; worker < core->view.worker_count; worker++) {
        avo_client_session_lost(core, &sessions[worker]);
        figures_end(core, &sessions[worker]);
        avo_noise_wipe(&sessions[worker].noise);
        AVO_ASSERT(sessions[worker].queue.count + sessions[worker].sent.count == 0);
    }
    row_name(core, row);
}

/* A member that stays may have moved, and may have begun to vote. */
static void rows_follow(struct avo_client_core *core, const struct avo_view *next) {
    for (uint8_t row = 0; row < core->view.member_count; row++) {
        struct avo_member *member = &core->view.members[row];
        const struct avo_member *now = is_free(member) ? NULL : avo_view_member(next, member->slot);
        if (now != NULL && avo_member_same_start(member, now)) {
            *member = *now;
        } else if (!is_free(member)) {
            row_leave(core, row);
        }
    }
}

static void rows_add(struct avo_client_core *core, const struct avo_view *next) {
    for (uint8_t i = 0; i < next->member_count; i++) {
        uint8_t row = 0;
        while (row < core->view.member_count && !is_free(&core->view.members[row])) {
            row++;
        }
        if (row < core->view.member_count && avo_view_member(&core->view, next->members[i].slot) == NULL) {
            core->view.members[row] = next->members[i];
            row_name(core, row);
        }
    }
}

static void voters_count(struct avo_client_core *core) {
    core->voting_count = 0;
    for (uint8_t row = 0; row < core->view.member_count; row++) {
        core->voting_count = (uint8_t)(core->voting_count + (core->view.members[row].role == AVO_ROLE_VOTING));
    }
}

void avo_client_view_begin(struct avo_client_core *core) {
    bool listed = true; /* the first rows are */
    for (uint8_t row = 0; row < core->view.member_count; row++) {
        listed = listed && core->view.members[row].role != 0;
        core->view.members[row].slot = listed ? core->view.members[row].slot : AVO_SLOT_CLIENT;
        row_name(core, row);
    }
    voters_count(core);
}

static void adopt(struct avo_client_core *core, const struct avo_view *next) {
    uint8_t row_count = core->view.member_count;
    rows_follow(core, next);
    rows_add(core, next);
    core->view.epoch = next->epoch;
    core->view.slot_count = next->slot_count;
    core->view.policy_version = next->policy_version;
    AVO_ASSERT(core->view.member_count == row_count);
    avo_view_hash(next, core->view_hash);
    voters_count(core);
    core->denied_by = 0;
    core->hinted_count = 0;
    if (core->view.members[core->preferred].role != AVO_ROLE_VOTING) {
        avo_client_prefer_next(core);
    }
    core->stats.views_adopted++;
    avo_client_route(core);
}

void avo_client_on_view(struct avo_client_core *core, const struct avo_packet_header *header, struct avo_slice body) {
    struct avo_slice signed_view = AVO_SLICE_EMPTY;
    struct avo_view next;
    if (header->epoch <= core->view.epoch) {
        core->stats.datagrams_dropped++;
        return;
    }
    enum avo_error error = avo_view_gather(&core->gather, header->epoch, header->view_hash, body, &signed_view);
    if (error == AVO_OK) {
        error = avo_view_verify(signed_view, core->cas_sign_public, &next);
    }
    if (error == AVO_OK && avo_view_adoptable(&core->view, core->view.cluster_id, &next) == AVO_OK &&
        avo_view_same_limits(&core->view, &next)) {
        avo_copy(core->signed_view.bytes, sizeof core->signed_view.bytes, signed_view);
        core->signed_view.length = signed_view.length;
        adopt(core, &next);
    } else {
        core->stats.datagrams_dropped += error != AVO_EBUSY;
    }
}

const struct avo_signed_view *avo_client_core_view(const struct avo_client_core *core) {
    return core->signed_view.length > 0 ? &core->signed_view : NULL;
}
