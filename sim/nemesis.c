#include "sim/nemesis.h"
#include "sim/network.h"
#include <inttypes.h>
#include <string.h>

#define CLOCK_JUMP_US 400000
#define HITS_MAX 8
#define CLOCK_LEAP_US 86400000000ULL

static struct avo_node *any_node(struct avo_nemesis *nemesis) {
    return &nemesis->nodes[avo_world_upto(nemesis->world, nemesis->world->plan.slot_count - 1U)];
}

/* One node, a random half, or a node with some of the clients. */
static uint32_t partition_side(struct avo_world *world, uint32_t clients) {
    uint32_t side = 1U << avo_world_upto(world, world->plan.slot_count - 1U);
    uint32_t any = (uint32_t)avo_prng_next(&world->prng);
    switch (avo_world_upto(world, 3)) {
    case 0:
        return any;
    case 1:
        return side | (any & clients);
    default:
        return side;
    }
}

/* Cuts a side from all others, or only its nodes from the other nodes; in one direction, or both. */
static void partition_set(struct avo_nemesis *nemesis) {
    struct avo_world *world = nemesis->world;
    uint32_t nodes = (1U << world->plan.slot_count) - 1;
    uint32_t clients = ((1U << world->plan.client_count) - 1) << AVO_PARTY_CLIENT;
    uint32_t scope = avo_prng_chance(&world->prng, 1, 2) ? nodes : nodes | clients;
    uint32_t side = partition_side(world, clients) & scope;
    bool out_only = avo_prng_chance(&world->prng, 1, 4);
    for (uint32_t party = 0; party < AVO_PARTY_MAX; party++) {
        bool inside = (side >> party & 1) != 0;
        uint32_t others = inside ? ~side : out_only ? 0 : side;
        world->network.cut[party] = (scope >> party & 1) != 0 ? others & scope : 0;
    }
    avo_report_count(&world->report, AVO_COUNT_PARTITIONS);
    avo_report_trace(&world->report, "partition: parties %05x of %05x cut off%s", side, scope, out_only ? ", outward only" : "");
}

static void partition_heal(struct avo_nemesis *nemesis) {
    memset(nemesis->world->network.cut, 0, sizeof nemesis->world->network.cut);
    avo_report_count(&nemesis->world->report, AVO_COUNT_PARTITIONS_HEALED);
    avo_report_trace(&nemesis->world->report, "partition healed");
}

static bool is_partitioned(const struct avo_network *network) {
    for (uint32_t party = 0; party < AVO_PARTY_MAX; party++) {
        if (network->cut[party] != 0) {
            return true;
        }
    }
    return false;
}

/* Half of the time the end of one partition is the beginning of the next: one quorum hands over to another that it meets in a
 * single replica. */
static void strike_partition(struct avo_nemesis *nemesis) {
    bool partitioned = is_partitioned(&nemesis->world->network);
    if (partitioned) {
        partition_heal(nemesis);
    }
    if (!partitioned || avo_prng_chance(&nemesis->world->prng, 1, 2)) {
        partition_set(nemesis);
    }
}

/* All ways, or one between two nodes or a node and a client, in one direction, drop longer packets from now on, or no more. */
static void strike_path(struct avo_nemesis *nemesis) {
    struct avo_world *world = nemesis->world;
    uint32_t *narrow = world->network.narrow;
    uint32_t from = any_node(nemesis)->slot;
    uint32_t to = any_node(nemesis)->slot;
    uint32_t client = AVO_PARTY_CLIENT + (uint32_t)avo_world_upto(world, world->plan.client_count - 1);
    uint64_t whose = avo_world_upto(world, 4);
    bool narrows = (narrow[from] >> to & 1) == 0;
    if (whose < 2) {
        memset(narrow, narrows ? 0xff : 0, sizeof world->network.narrow);
    } else {
        from = whose == 2 ? client : from;
        to = whose == 3 ? client : to;
        narrow[from] ^= 1U << to;
    }
    avo_report_count(&world->report, AVO_COUNT_NARROW_LINKS);
    avo_report_trace(&world->report, "%s take %s", whose < 2 ? "all links" : "one link", narrows ? "only short packets" : "others");
}

/* A link between two nodes, or between a node and a client, turns poor or well, in one direction. */
static void strike_link(struct avo_nemesis *nemesis) {
    struct avo_world *world = nemesis->world;
    uint32_t from = any_node(nemesis)->slot;
    uint32_t to = any_node(nemesis)->slot;
    if (avo_prng_chance(&world->prng, 1, 5)) {
        to = AVO_PARTY_CLIENT + (uint32_t)avo_world_upto(world, world->plan.client_count - 1);
    }
    world->network.poor[from] ^= 1U << to;
    avo_report_count(&world->report, AVO_COUNT_POOR_LINKS);
    avo_report_trace(&world->report, "link %" PRIu32 " -> %" PRIu32 " turns %s", from, to,
                     (world->network.poor[from] >> to & 1) != 0 ? "poor" : "well");
}

static void thaw(struct avo_node *node) {
    node->frozen = false;
    avo_report_count(&node->world->report, AVO_COUNT_THAWS);
    avo_report_trace(&node->world->report, "node %u thaws", node->slot);
    avo_node_wake(node, 0);
}

/* A frozen machine thaws; half of the time another one takes over from it, as partitions do. */
static void strike_freeze(struct avo_nemesis *nemesis) {
    struct avo_node *node = any_node(nemesis);
    struct avo_node *frozen = NULL;
    for (uint8_t slot = 0; slot < nemesis->world->plan.slot_count; slot++) {
        frozen = nemesis->nodes[slot].frozen && !nemesis->nodes[slot].crashed ? &nemesis->nodes[slot] : frozen;
    }
    bool more = frozen == NULL || frozen == node || avo_prng_chance(&nemesis->world->prng, 1, 2);
    if (frozen != NULL && avo_prng_chance(&nemesis->world->prng, 3, 4)) {
        thaw(frozen);
    }
    if (!more || node->crashed || node == frozen) {
        return;
    }
    node->frozen = true;
    avo_report_count(&node->world->report, AVO_COUNT_FREEZES);
    avo_report_trace(&node->world->report, "node %u freezes", node->slot);
}

/* Not a machine whose values are attacked: the plan counts both against the copies that may be lost. */
static void strike_crash(struct avo_nemesis *nemesis) {
    struct avo_node *node = any_node(nemesis);
    if (nemesis->crash_done || avo_plan_tampers(&nemesis->world->plan, node->slot)) {
        return;
    }
    nemesis->crash_done = true;
    node->crashed = true;
    node->world->crashed |= 1U << node->slot;
    avo_report_count(&node->world->report, AVO_COUNT_CRASHES);
    avo_report_trace(&node->world->report, "node %u crashes for good", node->slot);
}

/* A replica loses its memory. Its former incarnation may live on, frozen, at a host that tells nobody. */
static void strike_restart(struct avo_nemesis *nemesis) {
    struct avo_node *node = any_node(nemesis);
    if (!node->crashed && avo_authority_may_restart(nemesis->authority, node->slot)) {
        avo_authority_restart(nemesis->authority, node->slot, avo_prng_chance(&nemesis->world->prng, 2, 3));
    }
}

/* A former incarnation thaws, or freezes. */
static void strike_clone(struct avo_nemesis *nemesis) {
    struct avo_authority *authority = nemesis->authority;
    if (authority->clone_count == 0) {
        return;
    }
    struct avo_node *clone = &authority->clones[avo_world_upto(nemesis->world, authority->clone_count - 1)];
    clone->frozen = !clone->frozen;
    avo_report_trace(&clone->world->report, "a former incarnation of node %u %s", clone->slot, clone->frozen ? "freezes" : "thaws");
    if (!clone->frozen) {
        avo_node_wake(clone, 0);
    }
}

static void strike_clock(struct avo_nemesis *nemesis) {
    struct avo_node *node = any_node(nemesis);
    struct avo_world *world = nemesis->world;
    struct avo_sim_clock *clock = &node->clock;
    uint64_t shown_us = avo_node_clock(node);
    enum avo_counter counter = AVO_COUNT_CLOCK_STOPPED;
    if (clock->stopped) {
        clock->stopped = false;
        return;
    }
    switch (avo_world_upto(world, 2)) {
    case 0:
        clock->ahead_us += avo_world_upto(world, avo_prng_chance(&world->prng, 1, 5) ? CLOCK_LEAP_US : CLOCK_JUMP_US);
        counter = AVO_COUNT_CLOCK_FORWARD;
        break;
    case 1:
        clock->ahead_us -= avo_world_upto(world, CLOCK_JUMP_US);
        counter = AVO_COUNT_CLOCK_BACKWARD;
        break;
    default:
        clock->stopped = true;
        clock->stopped_us = shown_us;
        break;
    }
    avo_report_count(&world->report, counter);
    avo_report_trace(&world->report, "node %u: %s", node->slot, avo_counter_text(counter));
}

static void strike_values(struct avo_nemesis *nemesis) {
    struct avo_node *node = any_node(nemesis);
    if (node->crashed || !avo_plan_tampers(&nemesis->world->plan, node->slot)) {
        return;
    }
    for (uint64_t hits = 1 + avo_world_upto(nemesis->world, HITS_MAX - 1); hits > 0; hits--) {
        uint64_t how = avo_world_upto(nemesis->world, 7);
        if (how < 2) {
            avo_slab_flip(node);
        } else if (how == 2) {
            avo_slab_wipe(node);
        } else if (how < 5) {
            avo_slab_swap(node);
        } else if (how < 7) {
            avo_slab_older(node, &nemesis->past);
        } else {
            avo_slab_rollback(node, &nemesis->past);
        }
    }
}

/* All values at all hosts, at once. */
static void strike_everywhere(struct avo_nemesis *nemesis) {
    if (nemesis->destroyed) {
        return;
    }
    nemesis->destroyed = true;
    for (uint8_t slot = 0; slot < nemesis->world->plan.slot_count; slot++) {
        avo_slab_destroy(&nemesis->nodes[slot]);
    }
    avo_report_count(&nemesis->world->report, AVO_COUNT_SLAB_LOST_EVERYWHERE);
    avo_report_trace(&nemesis->world->report, "all hosts destroy all values");
}

/* A host turns against one worker, or lets it have what it kept from it. */
static void strike_worker(struct avo_nemesis *nemesis) {
    struct avo_node *node = any_node(nemesis);
    uint32_t index = (uint32_t)avo_world_upto(nemesis->world, node->layout.worker_count - 1);
    struct avo_withheld *withheld = &node->withheld[index];
    if (node->crashed) {
        return;
    }
    if (withheld->in || withheld->out || withheld->starved) {
        avo_node_release(node, index);
        avo_report_trace(&node->world->report, "host %u releases worker %u", node->slot, index);
        return;
    }
    uint64_t how = avo_world_upto(nemesis->world, 3);
    withheld->in = how == 0 || how == 2;
    withheld->out = how == 1 || how == 2;
    withheld->starved = how == 3;
    avo_report_trace(&node->world->report, "host %u withholds from worker %u:%s%s%s", node->slot, index, withheld->in ? " in" : "",
                     withheld->out ? " out" : "", withheld->starved ? " time" : "");
}

static void next_strike(struct avo_nemesis *nemesis) {
    struct avo_world *world = nemesis->world;
    uint64_t delay_us = 1 + avo_world_upto(world, 2ULL * world->plan.nemesis_us);
    avo_agenda_add(&world->agenda, world->report.now_us + delay_us, AVO_DUE_NEMESIS, 0, NULL);
}

void avo_nemesis_start(struct avo_nemesis *nemesis, struct avo_world *world, struct avo_node *nodes,
                       struct avo_authority *authority) {
    *nemesis = (struct avo_nemesis){.world = world, .nodes = nodes, .authority = authority};
    next_strike(nemesis);
}

void avo_nemesis_strike(struct avo_nemesis *nemesis) {
    const struct avo_plan *plan = &nemesis->world->plan;
    if (nemesis->world->network.calm) {
        return;
    }
    const struct {
        bool on;
        void (*strike)(struct avo_nemesis *nemesis);
    } ways[] = {
        {plan->partitions, strike_partition},
        {plan->freezes, strike_freeze},
        {plan->crash, strike_crash},
        {plan->restarts, strike_restart},
        {plan->restarts, strike_restart},
        {plan->restarts, strike_clone},
        {plan->poor_links, strike_link},
        {plan->poor_links, strike_link},
        {plan->clock_lies, strike_clock},
        {plan->narrow_links, strike_path},
        {plan->tampered_slots > 0, strike_values},
        {plan->tampered_slots > 0, strike_values},
        {plan->destroys_everywhere, strike_everywhere},
        {plan->withholding, strike_worker},
        {plan->withholding, strike_worker},
    };
    uint64_t way = avo_world_upto(nemesis->world, AVO_COUNT(ways) - 1);
    if (ways[way].on) {
        ways[way].strike(nemesis);
    }
    next_strike(nemesis);
}

/* Half of the clocks are set right at last. One that was not, and was set back, shows the time at which it last stood, so that it
 * runs on from there. */
static void clock_heal(struct avo_node *node) {
    node->clock.stopped = false;
    if (node->clock.ahead_us != 0 && avo_prng_chance(&node->world->prng, 1, 2)) {
        node->clock.ahead_us = 0;
        avo_report_count(&node->world->report, AVO_COUNT_CLOCK_RIGHT);
    }
}

void avo_nemesis_heal(struct avo_nemesis *nemesis) {
    avo_network_heal(nemesis->world);
    for (uint8_t slot = 0; slot < nemesis->world->plan.slot_count; slot++) {
        struct avo_node *node = &nemesis->nodes[slot];
        clock_heal(node);
        for (uint32_t index = 0; index < node->layout.worker_count && !node->crashed; index++) {
            avo_node_release(node, index);
            avo_node_sessions_limit(node, index, node->session_count);
        }
        if (node->frozen && !node->crashed) {
            thaw(node);
        }
        avo_node_healed(node);
    }
    avo_slab_past_destroy(&nemesis->past);
    avo_report_trace(&nemesis->world->report, "healed");
}
