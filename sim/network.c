#include "sim/network.h"
#include "checker/memory.h"
#include "sim/counters.h"
#include <inttypes.h>
#include <string.h>

#define REPLAY_LATER_US 300000
#define GARBAGE_MAX_BYTES 200

static struct avo_flight *flight_make(const struct avo_address *from, const struct avo_address *to, struct avo_slice bytes,
                                      size_t length) {
    struct avo_flight *flight = avo_memory_zeroed(1, sizeof *flight + length);
    flight->from = *from;
    flight->to = *to;
    flight->length = (uint32_t)length;
    size_t kept = bytes.length < length ? bytes.length : length;
    avo_copy(flight->bytes, length, avo_slice(bytes.data, kept));
    return flight;
}

struct avo_flight *avo_flight_copy(const struct avo_flight *flight) {
    return flight_make(&flight->from, &flight->to, avo_slice(flight->bytes, flight->length), flight->length);
}

static void launch(struct avo_world *world, struct avo_flight *flight, uint64_t extra_us) {
    uint64_t latency_us = world->plan.latency_us / 2 + avo_world_upto(world, world->plan.latency_us) + extra_us;
    avo_agenda_add(&world->agenda, world->report.now_us + latency_us, AVO_DUE_PACKET, 0, flight);
}

/* A bit flipped, the end missing, or bytes too many. */
static struct avo_flight *corrupted(struct avo_world *world, const struct avo_flight *flight) {
    size_t length = flight->length;
    uint64_t how = avo_world_upto(world, 3);
    if (how == 0) {
        length = (size_t)avo_world_upto(world, length);
    } else if (how == 1) {
        length += 1 + (size_t)avo_world_upto(world, 31);
    }
    struct avo_flight *changed = flight_make(&flight->from, &flight->to, avo_slice(flight->bytes, flight->length), length);
    if (how > 1 && length > 0) {
        size_t among =
            how == 2 && length > AVO_PACKET_HEADER_BYTES ? AVO_PACKET_HEADER_BYTES : length; /* the clear bytes more often */
        changed->bytes[avo_world_upto(world, among - 1)] ^= (uint8_t)(1U << avo_world_upto(world, 7));
    }
    return changed;
}

static struct avo_address any_address(struct avo_world *world) {
    if (avo_prng_chance(&world->prng, 1, 4)) {
        return avo_client_address((uint32_t)avo_world_upto(world, world->plan.client_count - 1));
    }
    uint8_t slot = (uint8_t)avo_world_upto(world, world->plan.slot_count - 1U);
    return avo_node_address(slot, (uint32_t)avo_world_upto(world, world->plan.worker_count - 1U));
}

static void archive_keep(struct avo_world *world, const struct avo_flight *flight) {
    struct avo_network *network = &world->network;
    if (world->plan.replay_ppm + world->plan.divert_ppm == 0 || !avo_prng_chance(&world->prng, 1, 3)) {
        return;
    }
    uint32_t next = network->archive_next++;
    uint32_t at = next % (AVO_ARCHIVE_MAX - AVO_ARCHIVE_LONG);
    if (next % 8 == 0) { /* for hundreds of packets: it may come again in another view */
        at = AVO_ARCHIVE_MAX - AVO_ARCHIVE_LONG + (uint32_t)avo_world_upto(world, AVO_ARCHIVE_LONG - 1);
    }
    struct avo_flight **place = &network->archive[at];
    free(*place);
    *place = avo_flight_copy(flight);
}

/* An old packet again, to where it went or to somebody else, from where it came or from somebody else. */
static bool is_of_older_view(const struct avo_world *world, const struct avo_flight *old) {
    struct avo_packet_header header;
    bool read = avo_packet_header_read(avo_slice(old->bytes, old->length), &header) == AVO_OK;
    return read && header.kind == AVO_PACKET_PEER && header.epoch < world->epoch;
}

static void attack_with_old(struct avo_world *world) {
    struct avo_network *network = &world->network;
    const struct avo_flight *old = network->archive[avo_world_upto(world, AVO_ARCHIVE_MAX - 1)];
    if (old == NULL) {
        return;
    }
    if (avo_world_chance(world, world->plan.replay_ppm)) {
        avo_report_count(&world->report, AVO_COUNT_REPLAYED);
        world->report.counters.of[AVO_COUNT_REPLAYED_OLDER] += is_of_older_view(world, old);
        launch(world, avo_flight_copy(old), avo_world_upto(world, REPLAY_LATER_US));
    }
    if (avo_world_chance(world, world->plan.divert_ppm)) {
        struct avo_flight *diverted = avo_flight_copy(old);
        diverted->to = any_address(world);
        diverted->from = any_address(world);
        avo_report_count(&world->report, AVO_COUNT_DIVERTED);
        launch(world, diverted, 0);
    }
}

static void attack_with_garbage(struct avo_world *world) {
    if (!avo_world_chance(world, world->plan.garbage_ppm)) {
        return;
    }
    struct avo_address from = any_address(world);
    struct avo_address to = any_address(world);
    struct avo_flight *garbage = flight_make(&from, &to, AVO_SLICE_EMPTY, (size_t)avo_world_upto(world, GARBAGE_MAX_BYTES));
    avo_random_fill(&world->prng.random, garbage->bytes, garbage->length);
    if (garbage->length > 1 && avo_prng_chance(&world->prng, 1, 2)) {
        garbage->bytes[0] = AVO_WIRE_VERSION;
        garbage->bytes[1] = (uint8_t)avo_world_upto(world, AVO_PACKET_KIND_MAX);
    }
    avo_report_count(&world->report, AVO_COUNT_GARBAGE);
    launch(world, garbage, 0);
}

/* Somebody who sees a client's packet says in its node's name that the session is gone. */
static void attack_with_refusal(struct avo_world *world, const struct avo_flight *up) {
    struct avo_packet_header header;
    if (!avo_world_chance(world, world->plan.refusal_ppm) ||
        avo_packet_header_read(avo_slice(up->bytes, up->length), &header) != AVO_OK || header.kind != AVO_PACKET_UP) {
        return;
    }
    uint8_t packet[AVO_PACKET_HEADER_BYTES + 1];
    struct avo_packet_header refusal = {.wire_version = AVO_WIRE_VERSION,
                                        .kind = AVO_PACKET_REFUSAL,
                                        .source = header.destination,
                                        .destination = AVO_SLOT_CLIENT,
                                        .worker = header.worker,
                                        .session = header.session};
    avo_packet_header_write(packet, &refusal);
    packet[AVO_PACKET_HEADER_BYTES] = AVO_ESTALE;
    avo_report_count(&world->report, AVO_COUNT_REFUSALS);
    launch(world, flight_make(&up->to, &up->from, AVO_SLICE_OF(packet), sizeof packet), 0);
}

static bool is_listed(const uint32_t lists[AVO_PARTY_MAX], const struct avo_address *from, const struct avo_address *to) {
    return (lists[avo_address_party(from)] >> avo_address_party(to) & 1) != 0;
}

static bool is_long_between_nodes(const struct avo_plan *plan, const struct avo_flight *flight) {
    bool nodes = avo_address_party(&flight->from) < AVO_PARTY_CLIENT && avo_address_party(&flight->to) < AVO_PARTY_CLIENT;
    return nodes && plan->slow_bytes > 0 && flight->length > plan->slow_bytes;
}

/* One copy of a packet on its way. Takes it over. */
static void travel(struct avo_world *world, struct avo_flight *flight) {
    const struct avo_plan *plan = &world->plan;
    bool poor = is_listed(world->network.poor, &flight->from, &flight->to) && avo_prng_chance(&world->prng, 1, 2);
    if (poor || avo_world_chance(world, plan->loss_ppm)) {
        avo_report_count(&world->report, AVO_COUNT_LOST);
        free(flight);
        return;
    }
    uint64_t extra_us = 0;
    bool slow = is_long_between_nodes(plan, flight) && avo_prng_chance(&world->prng, 2, 3);
    if (slow || avo_world_chance(world, plan->delay_ppm)) {
        avo_report_count(&world->report, AVO_COUNT_DELAYED);
        extra_us = avo_world_upto(world, plan->delay_us);
    }
    if (avo_world_chance(world, plan->corrupt_ppm)) {
        avo_report_count(&world->report, AVO_COUNT_CORRUPTED);
        launch(world, corrupted(world, flight), extra_us);
        free(flight);
        return;
    }
    launch(world, flight, extra_us);
}

static void packet_trace(struct avo_world *world, const struct avo_address *from, const struct avo_address *to,
                         struct avo_slice bytes) {
    static const char *const kinds[] = {"?", "peer", "up", "down", "hello", "welcome", "refusal", "denial", "view"};
    struct avo_packet_header header = {0};
    if (world->report.trace == NULL) {
        return;
    }
    _Static_assert(AVO_COUNT(kinds) == AVO_PACKET_KIND_MAX + 1, "every kind has its word");
    bool parsed = avo_packet_header_read(bytes, &header) == AVO_OK;
    avo_report_trace(&world->report, "  %" PRIu32 ":%u -> %" PRIu32 ":%u %s session %" PRIx32 " counter %" PRIu64 " (%zu bytes)",
                     avo_address_party(from), from->port, avo_address_party(to), to->port, kinds[parsed ? header.kind : 0],
                     header.session, header.counter, bytes.length);
}

void avo_network_send(struct avo_world *world, const struct avo_address *from, const struct avo_address *to,
                      struct avo_slice bytes) {
    avo_watch_scan(&world->watch, bytes, "a packet");
    avo_report_count(&world->report, AVO_COUNT_PACKETS);
    packet_trace(world, from, to, bytes);
    if (avo_address_party(to) == AVO_PARTY_NONE) {
        return;
    }
    if (is_listed(world->network.narrow, from, to) && bytes.length > world->plan.narrow_bytes) {
        avo_report_count(&world->report, AVO_COUNT_NARROWED);
        return;
    }
    struct avo_flight *flight = flight_make(from, to, bytes, bytes.length);
    if (world->network.calm) {
        launch(world, flight, 0);
        return;
    }
    archive_keep(world, flight);
    attack_with_old(world);
    attack_with_garbage(world);
    attack_with_refusal(world, flight);
    if (is_listed(world->network.cut, from, to)) {
        avo_report_count(&world->report, AVO_COUNT_CUT);
        free(flight);
        return;
    }
    if (avo_world_chance(world, world->plan.duplicate_ppm)) {
        avo_report_count(&world->report, AVO_COUNT_DUPLICATED);
        travel(world, avo_flight_copy(flight));
    }
    travel(world, flight);
}

bool avo_network_is_parted(const struct avo_network *network) {
    for (uint32_t party = 0; party < AVO_PARTY_MAX; party++) {
        if (network->cut[party] != 0) {
            return true;
        }
    }
    return false;
}

void avo_network_heal(struct avo_world *world) {
    world->network.calm = true;
    memset(world->network.cut, 0, sizeof world->network.cut);
    memset(world->network.poor, 0, sizeof world->network.poor);
}

void avo_network_destroy(struct avo_network *network) {
    for (uint32_t i = 0; i < AVO_ARCHIVE_MAX; i++) {
        free(network->archive[i]);
    }
    *network = (struct avo_network){0};
}
