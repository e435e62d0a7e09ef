/* Generations of keys: what turns them, what the receiver keeps of them, and what a network that lies can do about it. */
#include "protocol/channel/channel.h"
#include "protocol/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define REKEY_PACKETS 16
#define PACKETS_MAX 32768

static const struct avo_channel_limits limits = {REKEY_PACKETS, 1 << 20, PACKETS_MAX};

/* Two ends of one channel. */
struct pair {
    struct avo_channel a;
    struct avo_channel b;
};

static struct pair *pair_make(const struct avo_channel_limits *of) {
    static struct pair pair;
    uint8_t up[AVO_AEAD_KEY_BYTES] = {1}, down[AVO_AEAD_KEY_BYTES] = {2};
    avo_channel_open_keys(&pair.a, testing_aead(AVO_AEAD_BEST), of, up, down);
    avo_channel_open_keys(&pair.b, testing_aead(AVO_AEAD_BEST), of, down, up);
    return &pair;
}

struct packet {
    uint8_t bytes[AVO_PACKET_HEADER_BYTES + 8 + AVO_TAG_BYTES];
    size_t length;
};

static struct packet seal(struct avo_channel *channel) {
    struct packet packet;
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER};
    memcpy(packet.bytes + AVO_PACKET_HEADER_BYTES, "message", 8);
    assert_int_equal(avo_channel_seal(channel, header, packet.bytes, 8, &packet.length), AVO_OK);
    return packet;
}

static enum avo_error open(struct avo_channel *channel, struct packet packet) {
    struct avo_packet_header header;
    struct avo_slice batch;
    enum avo_error error = avo_packet_header_read(avo_slice(packet.bytes, packet.length), &header);
    if (error == AVO_OK) {
        error = avo_channel_open(channel, &header, packet.bytes, packet.length, &batch);
    }
    assert_true(error != AVO_OK || memcmp(batch.data, "message", 8) == 0);
    return error;
}

static void pass(struct avo_channel *from, struct avo_channel *to, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(open(to, seal(from)), AVO_OK);
    }
}

/* Computed with Python's hmac and hashlib: secret 0 = 00 01 .. 1f. */
static void vectors(void **state) {
    (void)state;
    static const struct {
        uint32_t generation;
        const char *key;
    } wanted[] = {
        {0, "882226c632738befab837f1d00651dfaa481334d1067783fe7361644e1a6bda5"},
        {1, "ed61656a42292c9266808161abba7d3ed81d450325d2bbdb2415435bd77f7436"},
        {2, "811349d188a9650dbca322756aa7c049d0697e336fd807ea56565616aa74fb00"},
        {3, "d06eaacd649443095a9e5de69bc447ee0edd8bf20a3b6e8430ee241d15ca6bf6"},
        {1000, "e03597d5a57ecf9f961f7a997dc727e3a9aea9bbd2a525d94e8e503b3383ba1f"},
    };
    uint8_t secret[AVO_AEAD_KEY_BYTES], key[AVO_AEAD_KEY_BYTES];
    struct avo_ratchet ratchet;
    for (uint8_t i = 0; i < sizeof secret; i++) {
        secret[i] = i;
    }
    avo_ratchet_begin(&ratchet, secret);
    uint32_t generation = 0;
    for (size_t i = 0; i < AVO_COUNT(wanted); i++) {
        for (; generation < wanted[i].generation; generation++) {
            avo_ratchet_turn(&ratchet);
        }
        assert_int_equal(testing_hex(wanted[i].key, key, sizeof key), sizeof key);
        assert_memory_equal(ratchet.key, key, sizeof key);
    }
}

static void talk_turns_the_keys_in_both_directions(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    for (uint32_t i = 0; i < 100 * REKEY_PACKETS; i++) {
        pass(&pair->a, &pair->b, 1);
        pass(&pair->b, &pair->a, 1);
    }
    assert_int_equal(pair->a.send_generation, 99);
    assert_int_equal(pair->b.send_generation, 99);
    assert_int_equal(pair->a.receive_generation, 99);
    assert_int_equal(pair->a.send_counter, 100 * REKEY_PACKETS + 1);
}

static void bytes_turn_them_too(void **state) {
    (void)state;
    const struct avo_channel_limits few = {1 << 20, 80, 1 << 21};
    struct pair *pair = pair_make(&few);
    for (uint32_t i = 0; i < 100; i++) {
        pass(&pair->a, &pair->b, 1);
        pass(&pair->b, &pair->a, 1);
    }
    assert_int_equal(pair->a.send_generation, 9);
}

/* Whom nobody answers stays where it is, and goes on the moment it is acknowledged. */
static void the_sender_does_not_run_two_ahead(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    struct packet last = {{0}, 0};
    for (uint32_t i = 0; i < 100 * REKEY_PACKETS; i++) {
        last = seal(&pair->a); /* all lost but the last */
        assert_true(pair->a.send_generation <= 1);
    }
    assert_int_equal(open(&pair->b, last), AVO_OK);
    assert_int_equal(pair->b.receive_generation, 1);
    pass(&pair->b, &pair->a, 1);
    (void)seal(&pair->a);
    assert_int_equal(pair->a.send_generation, 2);
}

/* One speaks, the other only hears: an empty packet now and then is enough, and one of them may get lost. */
static void one_way_traffic_is_acknowledged(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER};
    uint32_t acks = 0;
    for (uint32_t i = 0; i < 100 * REKEY_PACKETS; i++) {
        pass(&pair->a, &pair->b, 1);
        assert_false(avo_channel_ack_due(&pair->a));
        if (avo_channel_ack_due(&pair->b)) {
            struct packet ack;
            struct avo_slice batch;
            assert_int_equal(avo_channel_seal(&pair->b, header, ack.bytes, 0, &ack.length), AVO_OK);
            assert_false(avo_channel_ack_due(&pair->b));
            struct avo_packet_header got;
            assert_int_equal(avo_packet_header_read(avo_slice(ack.bytes, ack.length), &got), AVO_OK);
            assert_true(acks++ % 2 == 0 || avo_channel_open(&pair->a, &got, ack.bytes, ack.length, &batch) == AVO_OK);
        }
    }
    assert_true(pair->a.send_generation > 70);
    assert_true(acks < 100 * REKEY_PACKETS / 2);
    /* Mere acknowledgements are not acknowledged: two that have nothing to say fall silent. */
    assert_false(avo_channel_ack_due(&pair->a));
}

static void turn_once(struct pair *pair) {
    uint64_t before = pair->a.send_generation;
    pass(&pair->b, &pair->a, 1);
    while (pair->a.send_generation == before) {
        pass(&pair->a, &pair->b, 1);
    }
}

static void what_was_delayed_still_opens(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    turn_once(pair);
    struct packet delayed[4] = {seal(&pair->a), seal(&pair->a), seal(&pair->a), seal(&pair->a)};
    turn_once(pair);
    assert_int_equal(open(&pair->b, delayed[0]), AVO_OK);
    assert_int_equal(open(&pair->b, delayed[0]), AVO_EREPLAY);
    avo_channel_age(&pair->b);
    assert_int_equal(open(&pair->b, delayed[1]), AVO_OK);
    avo_channel_age(&pair->b);
    assert_int_equal(open(&pair->b, delayed[2]), AVO_ESTALE); /* its key is wiped */
    turn_once(pair);
    turn_once(pair);
    assert_int_equal(open(&pair->b, delayed[3]), AVO_ESTALE);
}

static bool holds(const struct avo_channel *channel, const uint8_t key[AVO_AEAD_KEY_BYTES]) {
    return memmem(channel, sizeof *channel, key, AVO_AEAD_KEY_BYTES) != NULL;
}

/* [DESIGN 7] Forward secrecy: neither end holds what the key before could be computed from. */
static void replaced_keys_are_gone(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    uint8_t old[AVO_AEAD_KEY_BYTES];
    memcpy(old, pair->a.send_ratchet.key, sizeof old);
    assert_true(holds(&pair->a, old) && holds(&pair->b, old));
    turn_once(pair);
    assert_false(holds(&pair->a, old));
    assert_true(holds(&pair->b, old)); /* for what was delayed ... */
    pass(&pair->a, &pair->b, REKEY_PACKETS - 1);
    for (uint32_t i = 0; i < AVO_REPLAY_WINDOW_PACKETS; i++) {
        (void)seal(&pair->a);
    }
    pass(&pair->a, &pair->b, 1); /* ... which is now older than the window */
    assert_false(holds(&pair->b, old));
    memcpy(old, pair->a.send_ratchet.key, sizeof old);
    turn_once(pair);
    avo_channel_age(&pair->b);
    assert_true(holds(&pair->b, old));
    avo_channel_age(&pair->b); /* ... or was given time enough */
    assert_false(holds(&pair->b, old));
    avo_channel_wipe(&pair->b);
    static const struct avo_channel nothing;
    assert_memory_equal(&pair->b, &nothing, sizeof nothing);
}

/* A packet that names the next generation costs a failed tag, and changes nothing. */
static void forgeries_change_nothing(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    struct avo_prng prng = avo_prng(testing_seed());
    turn_once(pair);
    struct packet genuine = seal(&pair->a);
    struct avo_channel before = pair->b;
    for (uint32_t generation = 0; generation < 65536; generation += generation < 8 || generation > 65520 ? 1 : 97) {
        struct packet forged = genuine;
        forged.bytes[6] = (uint8_t)generation;
        forged.bytes[7] = (uint8_t)(generation >> 8);
        if (generation == pair->a.send_generation) {
            forged.bytes[avo_prng_below(&prng, forged.length - 8) + 8] ^= (uint8_t)(1 << avo_prng_below(&prng, 8));
        }
        enum avo_error error = open(&pair->b, forged);
        assert_true(error == AVO_EAUTH || error == AVO_ESTALE || error == AVO_EREPLAY);
        assert_memory_equal(&pair->b, &before, sizeof before);
    }
    for (uint32_t bit = 0; bit < 8 * genuine.length; bit++) {
        struct packet forged = genuine;
        forged.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(open(&pair->b, forged), AVO_OK);
        assert_memory_equal(&pair->b, &before, sizeof before);
    }
    assert_int_equal(open(&pair->b, genuine), AVO_OK);
}

/* The same for a genuine packet of the next generation that was changed on its way. */
static void a_damaged_turn_is_no_turn(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    pass(&pair->a, &pair->b, REKEY_PACKETS);
    struct packet turning = seal(&pair->a);
    struct avo_channel before = pair->b;
    for (uint32_t bit = 0; bit < 8 * turning.length; bit++) {
        struct packet forged = turning;
        forged.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(open(&pair->b, forged), AVO_OK);
        assert_memory_equal(&pair->b, &before, sizeof before);
    }
    assert_int_equal(open(&pair->b, turning), AVO_OK);
    assert_int_equal(pair->b.receive_generation, 1);
}

/* An acknowledgement that was held back must not be taken for one of a generation with the same low bits. */
static void old_acknowledgements_are_not_believed(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    pair->b.limits.rekey_packets = UINT64_MAX;
    turn_once(pair);
    struct packet held = seal(&pair->b); /* acknowledges generation 1 */
    while (pair->a.send_generation < 257) {
        turn_once(pair);
    }
    pair->a.send_acknowledged = false;
    assert_int_equal(open(&pair->a, held), AVO_OK);
    assert_false(pair->a.send_acknowledged);
    pass(&pair->b, &pair->a, 1);
    assert_true(pair->a.send_acknowledged);
}

/* More generations than the header has bits for: nothing repeats, nothing of another lap is taken. */
static void generations_outlive_their_field(void **state) {
    (void)state;
    const struct avo_channel_limits each = {1, 1 << 20, 1 << 20};
    struct pair *pair = pair_make(&each);
    struct packet first = seal(&pair->a);
    assert_int_equal(open(&pair->b, first), AVO_OK);
    for (uint32_t i = 0; i < 65536 + 10; i++) {
        pass(&pair->b, &pair->a, 1);
        pass(&pair->a, &pair->b, 1);
    }
    assert_int_equal(pair->b.receive_generation, 65536 + 10);
    assert_int_equal(open(&pair->b, first), AVO_EREPLAY);
    pair->b.replay = (struct avo_replay){.highest = 0};
    assert_int_not_equal(open(&pair->b, first), AVO_OK);
}

/* The peer is cut off for longer than the key may live: little is sealed, then nothing; a nonce is never used again. */
static void a_silent_peer_does_not_use_up_the_key(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER};
    turn_once(pair);
    for (uint32_t i = 0; i < PACKETS_MAX / 2 - 1; i++) {
        (void)seal(&pair->a);
    }
    struct packet packet, through = {{0}, 0};
    uint32_t sealed = 0;
    for (uint32_t i = 0; i < 10 * AVO_SILENT_SHARE; i++) {
        if (avo_channel_seal(&pair->a, header, packet.bytes, 8, &packet.length) == AVO_OK) {
            through = packet;
            sealed++;
        }
    }
    assert_in_range(sealed, 9, 11);
    pass(&pair->b, &pair->a, 1); /* it is heard: what answers it is sealed at once, and one of those brings the next key */
    (void)seal(&pair->a);
    assert_true(through.length > 0);
    for (uint32_t i = 0; pair->a.send_generation == 1; i++) {
        assert_true(i < 4);
        pass(&pair->b, &pair->a, 1);
        pass(&pair->a, &pair->b, 1);
    }
    pass(&pair->a, &pair->b, 10);
}

static void the_last_packet_of_a_key_is_the_last(void **state) {
    (void)state;
    struct pair *pair = pair_make(&limits);
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER};
    turn_once(pair);
    uint64_t counter = 0;
    uint32_t refused = 0;
    struct packet packet;
    while (refused < 3 * AVO_SILENT_SHARE) {
        pair->a.heard = true; /* alive, but never with an acknowledgement */
        enum avo_error error = avo_channel_seal(&pair->a, header, packet.bytes, 8, &packet.length);
        assert_true(error == AVO_OK || error == AVO_ELIMIT);
        assert_true(error == AVO_ELIMIT || (refused == 0 && pair->a.send_counter > counter));
        counter = pair->a.send_counter;
        refused += error == AVO_ELIMIT;
    }
    assert_int_equal(pair->a.sealed_packets, PACKETS_MAX);
    assert_int_equal(pair->a.send_generation, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(talk_turns_the_keys_in_both_directions),
        cmocka_unit_test(bytes_turn_them_too),
        cmocka_unit_test(the_sender_does_not_run_two_ahead),
        cmocka_unit_test(one_way_traffic_is_acknowledged),
        cmocka_unit_test(what_was_delayed_still_opens),
        cmocka_unit_test(replaced_keys_are_gone),
        cmocka_unit_test(forgeries_change_nothing),
        cmocka_unit_test(a_damaged_turn_is_no_turn),
        cmocka_unit_test(old_acknowledgements_are_not_believed),
        cmocka_unit_test(generations_outlive_their_field),
        cmocka_unit_test(a_silent_peer_does_not_use_up_the_key),
        cmocka_unit_test(the_last_packet_of_a_key_is_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
