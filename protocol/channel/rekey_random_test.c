/* Two ends under a network that loses, repeats, delays, flips and cuts, one way or both, with a key every few packets: each packet
 * opens at most once, the sender is never two generations ahead, and when the network is well again both go on. */
#include "protocol/channel/channel.h"
#include "protocol/testing.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define RUNS 12
#define STEPS 20000
#define KEPT 300 /* packets the network remembers */
#define BATCH_BYTES 8

struct packet {
    uint8_t bytes[AVO_PACKET_HEADER_BYTES + BATCH_BYTES + AVO_TAG_BYTES];
    size_t length;
};

/* One direction: the sealing end, the opening end, what is between them, and what opened so far. */
struct direction {
    struct avo_channel *from;
    struct avo_channel *to;
    struct packet kept[KEPT];
    uint32_t kept_count;
    bool cut;
    uint8_t opened[STEPS + 1000];
    uint64_t opened_count;
    uint64_t stragglers;
    uint64_t refused;
};

struct world {
    struct avo_prng prng;
    struct avo_channel a;
    struct avo_channel b;
    struct direction directions[2];
};

static void open_one(struct direction *direction, struct packet packet) {
    struct avo_packet_header header;
    struct avo_slice batch;
    uint64_t generation = direction->to->receive_generation;
    enum avo_error error = avo_packet_header_read(avo_slice(packet.bytes, packet.length), &header);
    if (error == AVO_OK) {
        error = avo_channel_open(direction->to, &header, packet.bytes, packet.length, &batch);
    }
    if (error != AVO_OK) {
        direction->refused++;
        assert_int_equal(direction->to->receive_generation, generation);
        return;
    }
    struct avo_reader reader = avo_reader(batch);
    uint64_t name = batch.length > 0 ? avo_read_u64(&reader) : header.counter;
    assert_int_equal(name, header.counter);
    assert_true(header.counter < AVO_COUNT(direction->opened) && direction->opened[header.counter] == 0);
    direction->opened[header.counter] = 1;
    direction->opened_count++;
    direction->stragglers += header.generation < direction->to->receive_generation;
    assert_in_range(direction->from->send_generation - direction->to->receive_generation, 0, 1);
}

/* Anything it remembers, whole or with a bit or a generation changed. */
static void network_act(struct world *world, struct direction *direction) {
    if (direction->kept_count == 0) {
        return;
    }
    uint32_t count = direction->kept_count < KEPT ? direction->kept_count : KEPT;
    struct packet packet = direction->kept[avo_prng_below(&world->prng, count)];
    if (avo_prng_chance(&world->prng, 1, 3)) {
        packet.bytes[avo_prng_below(&world->prng, packet.length)] ^= (uint8_t)(1U << avo_prng_below(&world->prng, 8));
    } else if (avo_prng_chance(&world->prng, 1, 2)) {
        packet.bytes[6] = (uint8_t)(direction->to->receive_generation + avo_prng_below(&world->prng, 4) - 1);
    }
    open_one(direction, packet);
}

static void send_one(struct world *world, struct direction *direction, bool empty, bool well) {
    struct packet packet;
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER};
    struct avo_writer batch = avo_writer(packet.bytes + AVO_PACKET_HEADER_BYTES, BATCH_BYTES);
    avo_write_u64(&batch, direction->from->send_counter);
    uint64_t before = direction->from->send_generation;
    assert_int_equal(avo_channel_seal(direction->from, header, packet.bytes, empty ? 0 : BATCH_BYTES, &packet.length), AVO_OK);
    assert_in_range(direction->from->send_generation - before, 0, 1);
    direction->kept[direction->kept_count++ % KEPT] = packet;
    if (well || (!direction->cut && avo_prng_chance(&world->prng, 3, 4))) {
        open_one(direction, packet);
    }
}

static void step(struct world *world, bool well) {
    struct direction *direction = &world->directions[avo_prng_below(&world->prng, 2)];
    if (!well && avo_prng_chance(&world->prng, 1, 100)) {
        direction->cut = !direction->cut && avo_prng_chance(&world->prng, 1, 2);
    }
    send_one(world, direction, false, well);
    network_act(world, direction);
    for (int i = 0; i < 2; i++) {
        if (avo_channel_ack_due(world->directions[i].from)) {
            send_one(world, &world->directions[i], true, well);
        }
        if (avo_prng_chance(&world->prng, 1, 200)) {
            avo_channel_age(world->directions[i].to);
        }
    }
}

static struct world *world_make(uint64_t seed) {
    static struct world world;
    uint8_t up[AVO_AEAD_KEY_BYTES] = {1}, down[AVO_AEAD_KEY_BYTES] = {2};
    memset(&world, 0, sizeof world);
    world.prng = avo_prng(seed);
    const struct avo_channel_limits limits = {2 + avo_prng_below(&world.prng, 30), 1 << 20, 1 << 20};
    avo_channel_open_keys(&world.a, testing_aead(AVO_AEAD_BEST), &limits, up, down);
    avo_channel_open_keys(&world.b, testing_aead(AVO_AEAD_BEST), &limits, down, up);
    world.directions[0].from = world.directions[1].to = &world.a;
    world.directions[0].to = world.directions[1].from = &world.b;
    return &world;
}

static void schedules(void **state) {
    (void)state;
    uint64_t seed = testing_seed();
    uint64_t turns = 0, stragglers = 0, refused = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        struct world *world = world_make(seed + run);
        for (uint32_t i = 0; i < STEPS; i++) {
            step(world, false);
        }
        for (int i = 0; i < 2; i++) {
            turns += world->directions[i].to->receive_generation;
            stragglers += world->directions[i].stragglers;
            refused += world->directions[i].refused;
        }
        uint64_t opened = world->directions[0].opened_count + world->directions[1].opened_count;
        for (uint32_t i = 0; i < 500; i++) {
            step(world, true);
        }
        /* Healed: all that is sent opens, and the keys turn. */
        assert_true(world->directions[0].opened_count + world->directions[1].opened_count >= opened + 500);
        assert_in_range(world->a.send_generation - world->b.receive_generation, 0, 1);
    }
    print_message("%" PRIu64 " turns, %" PRIu64 " of the generation before, %" PRIu64 " refused\n", turns, stragglers, refused);
    assert_true(turns > 4000 && stragglers > 100 && refused > RUNS * STEPS / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(schedules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
