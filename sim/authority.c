#include "sim/authority.h"
#include "base/assert.h"
#include <inttypes.h>
#include <string.h>

#define TURN_US 4000

static struct avo_view *newest(const struct avo_authority *authority) {
    return &authority->cluster->view;
}

static void next_turn(struct avo_authority *authority) {
    struct avo_world *world = authority->world;
    uint64_t delay_us = 1 + avo_world_upto(world, TURN_US);
    avo_agenda_add(&world->agenda, world->report.now_us + delay_us, AVO_DUE_AUTHORITY, 0, NULL);
}

void avo_authority_start(struct avo_authority *authority, struct avo_world *world, struct avo_cluster *cluster,
                         struct avo_authority_people people) {
    *authority = (struct avo_authority){.world = world, .cluster = cluster, .people = people, .down_slot = AVO_SIM_SLOT_MAX};
    avo_view_sign(&cluster->view, cluster->cas_sign_secret, &authority->views[0]);
    for (uint8_t slot = 0; slot < world->plan.slot_count; slot++) {
        for (uint32_t index = 0; index < world->plan.worker_count; index++) {
            authority->words[slot][index].adopted = 1;
        }
    }
    if (world->plan.restarts) {
        next_turn(authority);
    }
}

void avo_authority_destroy(struct avo_authority *authority) {
    for (uint32_t i = 0; i < authority->clone_count; i++) {
        avo_node_destroy(&authority->clones[i]);
    }
}

void avo_authority_deliver(struct avo_authority *authority, uint32_t slot, const struct avo_flight *packet) {
    for (uint32_t i = 0; i < authority->clone_count; i++) {
        if (authority->clones[i].slot == slot) {
            avo_node_deliver(&authority->clones[i], packet);
        }
    }
}

static struct avo_member *member_of(const struct avo_authority *authority, uint8_t slot) {
    return &newest(authority)->members[slot]; /* every slot is always listed */
}

/* The least that the workers of `slot` said. */
static uint32_t adopted(const struct avo_authority *authority, uint8_t slot) {
    uint32_t epoch = UINT32_MAX;
    for (uint32_t index = 0; index < authority->world->plan.worker_count; index++) {
        uint32_t word = authority->words[slot][index].adopted;
        epoch = word < epoch ? word : epoch;
    }
    return epoch;
}

static bool is_synced(const struct avo_authority *authority, uint8_t slot) {
    for (uint32_t index = 0; index < authority->world->plan.worker_count; index++) {
        if (authority->words[slot][index].synced < member_of(authority, slot)->incarnation) {
            return false;
        }
    }
    return true;
}

/* Voters of the newest view: all but `except`, and if `in_it`, only those that adopted it. */
static uint8_t voter_count(const struct avo_authority *authority, uint8_t except, bool in_it) {
    const struct avo_view *view = newest(authority);
    uint8_t count = 0;
    for (uint8_t slot = 0; slot < view->slot_count; slot++) {
        bool counts = slot != except && member_of(authority, slot)->role == AVO_ROLE_VOTING;
        count = (uint8_t)(count + (counts && (!in_it || adopted(authority, slot) >= view->epoch)));
    }
    return count;
}

/* [V6] The next view only when a quorum of voters is in this one. */
static bool may_propose(const struct avo_authority *authority) {
    return voter_count(authority, AVO_SIM_SLOT_MAX, true) >= avo_view_quorum(newest(authority));
}

bool avo_authority_may_restart(const struct avo_authority *authority, uint8_t slot) {
    bool left = voter_count(authority, slot, false) >= avo_view_quorum(newest(authority));
    for (uint8_t other = 0; other < newest(authority)->slot_count; other++) {
        left = left && member_of(authority, other)->role == AVO_ROLE_VOTING; /* one at a time */
    }
    return left && authority->down_slot == AVO_SIM_SLOT_MAX && authority->restart_count < AVO_RESTART_MAX;
}

void avo_authority_restart(struct avo_authority *authority, uint8_t slot, bool clone) {
    struct avo_node *node = &authority->people.nodes[slot];
    struct avo_world *world = authority->world;
    avo_report_count(&world->report, AVO_COUNT_RESTARTS);
    avo_report_trace(&world->report, "node %u loses its memory%s", slot, clone ? "; a former incarnation lives on, frozen" : "");
    if (clone) {
        avo_node_move(&authority->clones[authority->clone_count], node, (uint8_t)(AVO_SIM_SLOT_MAX + authority->clone_count));
        authority->clones[authority->clone_count++].frozen = true;
        avo_report_count(&world->report, AVO_COUNT_CLONES);
    } else {
        avo_node_inspect(node);
        avo_node_destroy(node);
    }
    *node = (struct avo_node){.world = world, .slot = slot, .who = slot, .crashed = true, .turn_us = UINT64_MAX};
    authority->down_slot = slot;
}

static void propose(struct avo_authority *authority) {
    struct avo_view *view = newest(authority);
    AVO_ASSERT(view->epoch < AVO_VIEW_MAX);
    view->epoch++;
    authority->world->epoch = view->epoch;
    avo_view_sign(view, authority->cluster->cas_sign_secret, &authority->views[view->epoch - 1]);
    avo_report_count(&authority->world->report, AVO_COUNT_VIEWS);
    for (uint8_t slot = 0; slot < view->slot_count; slot++) {
        avo_report_trace(&authority->world->report, "view %" PRIu32 ": node %u of %" PRIu32 " %s", view->epoch, slot,
                         view->members[slot].incarnation, view->members[slot].role == AVO_ROLE_VOTING ? "votes" : "is joining");
    }
}

/* [V4, V5] The next incarnation: its own key, no memory, joining. */
static void admit(struct avo_authority *authority, uint8_t slot) {
    struct avo_world *world = authority->world;
    struct avo_identity *identity = &authority->identities[authority->restart_count++];
    struct avo_member *member = member_of(authority, slot);
    *identity = authority->cluster->identities[slot];
    authority->heard[slot] = 0;
    avo_key_pair_make(&identity->channel_key, &world->prng.random);
    memcpy(member->channel_public_key, identity->channel_key.public, AVO_PUBLIC_KEY_BYTES);
    member->role = AVO_ROLE_JOINING;
    member->incarnation = newest(authority)->epoch + 1;
    propose(authority);
    identity->view = *newest(authority);
    identity->signed_view = authority->views[newest(authority)->epoch - 1];
    memset(authority->words[slot], 0, sizeof authority->words[slot]);
    for (uint32_t index = 0; index < world->plan.worker_count; index++) {
        authority->words[slot][index].adopted = newest(authority)->epoch;
    }
    bool made = avo_node_create_as(&authority->people.nodes[slot], world, identity, slot);
    AVO_ASSERT(made);
    authority->down_slot = AVO_SIM_SLOT_MAX;
}

static void next_view(struct avo_authority *authority) {
    if (!may_propose(authority)) {
        return;
    }
    for (uint8_t slot = 0; slot < newest(authority)->slot_count; slot++) {
        if (member_of(authority, slot)->role == AVO_ROLE_JOINING && is_synced(authority, slot)) {
            member_of(authority, slot)->role = AVO_ROLE_VOTING;
            avo_report_count(&authority->world->report, AVO_COUNT_SYNCS);
            propose(authority);
            return;
        }
    }
    uint8_t down = authority->down_slot;
    if (down < AVO_SIM_SLOT_MAX && voter_count(authority, down, false) >= avo_view_quorum(newest(authority))) {
        admit(authority, down);
    }
}

/* [V1] What a peer showed to a worker: its steward judges it. */
static void shown_take(struct avo_authority *authority, uint8_t slot, const struct avo_signed_view *shown) {
    struct avo_view view;
    const uint8_t *key = authority->cluster->identities[slot].cas_sign_public;
    if (avo_view_verify(avo_slice(shown->bytes, shown->length), key, &view) == AVO_OK && view.epoch > authority->heard[slot]) {
        authority->heard[slot] = view.epoch;
        avo_report_count(&authority->world->report, AVO_COUNT_VIEWS_SHOWN);
    }
}

static void letters_take(struct avo_authority *authority, struct avo_node *node, uint32_t index) {
    struct avo_mailbox *box = &node->lent->to_steward[index];
    struct avo_worker_word *word = &authority->words[node->slot][index];
    const struct avo_letter *letter;
    while ((letter = avo_mailbox_next(box)) != NULL) {
        if (letter->kind == AVO_LETTER_VIEW) {
            shown_take(authority, node->slot, &letter->signed_view);
        }
        uint32_t *said = letter->kind == AVO_LETTER_SYNCED ? &word->synced : &word->adopted;
        if (letter->kind == AVO_LETTER_SYNCED || letter->kind == AVO_LETTER_ADOPTED) {
            *said = letter->epoch;
            authority->world->report.counters.of[AVO_COUNT_VIEWS_ADOPTED] += letter->kind == AVO_LETTER_ADOPTED;
        }
        avo_mailbox_release(box);
    }
}

/* The newest view that the steward in `slot` has: while faults last, some have it from their peers only. */
static uint32_t known(const struct avo_authority *authority, uint8_t slot) {
    const struct avo_world *world = authority->world;
    uint32_t epoch = newest(authority)->epoch;
    bool from_cas = !world->plan.views_by_peers || world->network.calm || epoch % world->plan.slot_count == slot;
    return from_cas ? epoch : authority->heard[slot];
}

/* That view, or now and then an older one, to a worker that is behind. */
static void view_hand(struct avo_authority *authority, struct avo_node *node, uint32_t index) {
    struct avo_world *world = authority->world;
    uint32_t epoch = known(authority, node->slot);
    if (authority->words[node->slot][index].adopted >= epoch || avo_prng_chance(&world->prng, 1, 2)) {
        return;
    }
    if (avo_prng_chance(&world->prng, 1, 4)) {
        epoch = 1 + (uint32_t)avo_world_upto(world, epoch - 1);
    }
    struct avo_letter letter = {.kind = AVO_LETTER_VIEW, .signed_view = authority->views[epoch - 1]};
    if (avo_mailbox_post(&node->lent->to_worker[index], &letter) && !node->frozen) {
        avo_node_wake(node, avo_world_upto(world, TURN_US));
    }
}

static void nodes_attend(struct avo_authority *authority) {
    struct avo_world *world = authority->world;
    for (uint8_t slot = 0; slot < world->plan.slot_count; slot++) {
        struct avo_node *node = &authority->people.nodes[slot];
        for (uint32_t index = 0; index < world->plan.worker_count && !node->crashed; index++) {
            if (avo_prng_chance(&world->prng, 3, 4)) {
                letters_take(authority, node, index);
            }
            view_hand(authority, node, index);
        }
    }
}

static void clients_attend(struct avo_authority *authority) {
    for (uint32_t i = 0; authority->world->plan.clients_restart && i < authority->people.client_count; i++) {
        struct avo_sim_client *client = &authority->people.clients[i];
        if (client->epoch < newest(authority)->epoch && avo_prng_chance(&authority->world->prng, 1, 4)) {
            avo_sim_client_renew(client, authority->cluster);
        }
    }
}

void avo_authority_turn(struct avo_authority *authority) {
    nodes_attend(authority);
    clients_attend(authority);
    next_view(authority);
    if (!authority->world->network.calm || !avo_authority_is_settled(authority)) {
        next_turn(authority);
    }
}

bool avo_authority_is_settled(const struct avo_authority *authority) {
    const struct avo_view *view = newest(authority);
    bool settled = authority->down_slot == AVO_SIM_SLOT_MAX;
    for (uint8_t slot = 0; slot < view->slot_count; slot++) {
        settled = settled && member_of(authority, slot)->role == AVO_ROLE_VOTING && adopted(authority, slot) >= view->epoch;
    }
    return settled;
}
