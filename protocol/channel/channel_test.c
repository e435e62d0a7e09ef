/* Two members of a view talk; an attacker flips, repeats, reorders and crosses their packets, also over views [V2]. */
#include "protocol/channel/channel.h"
#include "protocol/testing.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES] = "cluster";

struct node {
    struct avo_member member;
    uint8_t secret[AVO_SECRET_KEY_BYTES];
};

static struct node node_make(uint8_t slot, uint32_t incarnation) {
    struct node node = {.member = {.slot = slot, .incarnation = incarnation}};
    memset(node.secret, slot + 1, sizeof node.secret);
    crypto_scalarmult_curve25519_base(node.member.channel_public_key, node.secret);
    return node;
}

static struct avo_channel open_peer(const struct node *own, const struct node *peer, const uint8_t *cluster, uint8_t worker) {
    static struct avo_channel channel;
    struct avo_channel_ends ends = {own->secret, cluster, &own->member, &peer->member, worker};
    assert_int_equal(avo_channel_open_peer(&channel, testing_aead(AVO_AEAD_BEST), NULL, &ends), AVO_OK);
    return channel;
}

static struct avo_packet_header header_make(void) {
    return (struct avo_packet_header){.wire_version = AVO_WIRE_VERSION,
                                      .kind = AVO_PACKET_PEER,
                                      .source = 0,
                                      .destination = 1,
                                      .worker = 2,
                                      .session = 0x11223344,
                                      .epoch = 7,
                                      .view_hash = {1, 2, 3, 4, 5, 6, 7, 8}};
}

struct packet {
    uint8_t bytes[256];
    size_t length;
};

static struct packet seal(struct avo_channel *channel, const char *batch) {
    struct packet packet;
    memcpy(packet.bytes + AVO_PACKET_HEADER_BYTES, batch, strlen(batch));
    assert_int_equal(avo_channel_seal(channel, header_make(), packet.bytes, strlen(batch), &packet.length), AVO_OK);
    return packet;
}

/* Opens a copy, as every receiver does. */
static enum avo_error open(struct avo_channel *channel, struct packet packet, const char *expected) {
    struct avo_packet_header header;
    struct avo_slice batch;
    enum avo_error error = avo_packet_header_read(avo_slice(packet.bytes, packet.length), &header);
    if (error == AVO_OK) {
        error = avo_channel_open(channel, &header, packet.bytes, packet.length, &batch);
    }
    if (error == AVO_OK) {
        assert_true(avo_slice_equal(batch, avo_slice_string(expected)));
    }
    return error;
}

static void both_directions(void **state) {
    (void)state;
    struct node a = node_make(0, 1), b = node_make(1, 1);
    struct avo_channel to_b = open_peer(&a, &b, cluster_id, 2), to_a = open_peer(&b, &a, cluster_id, 2);
    assert_int_equal(open(&to_a, seal(&to_b, "from a"), "from a"), AVO_OK);
    assert_int_equal(open(&to_b, seal(&to_a, "from b"), "from b"), AVO_OK);
    assert_int_equal(open(&to_a, seal(&to_b, ""), ""), AVO_OK);
    assert_int_equal(open(&to_b, seal(&to_b, "reflected"), ""), AVO_EAUTH);
}

static void every_flipped_bit_is_refused(void **state) {
    (void)state;
    struct node a = node_make(0, 1), b = node_make(1, 1);
    struct avo_channel to_b = open_peer(&a, &b, cluster_id, 2), to_a = open_peer(&b, &a, cluster_id, 2);
    struct packet packet = seal(&to_b, "hello");
    const struct avo_replay before = to_a.replay;
    for (size_t bit = 0; bit < 8 * packet.length; bit++) {
        struct packet forged = packet;
        forged.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(open(&to_a, forged, "hello"), AVO_OK);
        assert_memory_equal(&to_a.replay, &before, sizeof before);
    }
    for (size_t cut = 0; cut < packet.length; cut++) {
        struct packet shorter = packet;
        shorter.length = cut;
        assert_int_not_equal(open(&to_a, shorter, "hello"), AVO_OK);
    }
    assert_int_equal(open(&to_a, packet, "hello"), AVO_OK);
}

static void replays_are_refused(void **state) {
    (void)state;
    struct node a = node_make(0, 1), b = node_make(1, 1);
    struct avo_channel to_b = open_peer(&a, &b, cluster_id, 2), to_a = open_peer(&b, &a, cluster_id, 2);
    struct packet first = seal(&to_b, "first"), second = seal(&to_b, "second");
    assert_int_equal(open(&to_a, second, "second"), AVO_OK);
    assert_int_equal(open(&to_a, first, "first"), AVO_OK);
    assert_int_equal(open(&to_a, first, "first"), AVO_EREPLAY);
    assert_int_equal(open(&to_a, second, "second"), AVO_EREPLAY);
}

static void window_edge(void **state) {
    (void)state;
    struct node a = node_make(0, 1), b = node_make(1, 1);
    struct avo_channel to_b = open_peer(&a, &b, cluster_id, 2), to_a = open_peer(&b, &a, cluster_id, 2);
    struct packet first = seal(&to_b, "1"), second = seal(&to_b, "2");
    to_b.send_counter = 1 + AVO_REPLAY_WINDOW_PACKETS;
    assert_int_equal(open(&to_a, seal(&to_b, "far"), "far"), AVO_OK);
    assert_int_equal(open(&to_a, first, "1"), AVO_EREPLAY);
    assert_int_equal(open(&to_a, second, "2"), AVO_OK);
}

static void crossed_channels_are_refused(void **state) {
    (void)state;
    static const uint8_t other_cluster[AVO_CLUSTER_ID_BYTES] = "other";
    struct node a = node_make(0, 1), b = node_make(1, 1), c = node_make(2, 1);
    struct node reborn = a, moved = b;
    reborn.member.incarnation = 2;
    moved.member.slot = 3;
    struct avo_channel to_b = open_peer(&a, &b, cluster_id, 2);
    struct packet packet = seal(&to_b, "crossed");
    struct avo_channel wrong[] = {
        open_peer(&b, &a, cluster_id, 3),    open_peer(&b, &c, cluster_id, 2),      open_peer(&c, &a, cluster_id, 2),
        open_peer(&b, &a, other_cluster, 2), open_peer(&b, &reborn, cluster_id, 2), open_peer(&moved, &a, cluster_id, 2),
    };
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        assert_int_equal(open(&wrong[i], packet, ""), AVO_EAUTH);
    }
}

static void counter_ends(void **state) {
    (void)state;
    struct node a = node_make(0, 1), b = node_make(1, 1);
    struct avo_channel to_b = open_peer(&a, &b, cluster_id, 2);
    uint8_t packet[64];
    size_t length;
    to_b.send_counter = AVO_COUNTER_MAX;
    assert_int_equal(avo_channel_seal(&to_b, header_make(), packet, 0, &length), AVO_OK);
    assert_int_equal(avo_channel_seal(&to_b, header_make(), packet, 0, &length), AVO_ELIMIT);
    assert_int_equal(avo_channel_seal(&to_b, header_make(), packet, 0, &length), AVO_ELIMIT);
}

/* A public key of low order makes a shared secret the attacker knows. */
static void low_order_point_is_refused(void **state) {
    (void)state;
    static struct avo_channel channel;
    struct node a = node_make(0, 1), b = node_make(1, 1);
    memset(b.member.channel_public_key, 0, AVO_PUBLIC_KEY_BYTES);
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    struct avo_channel_ends ends = {a.secret, cluster_id, &a.member, &b.member, 0};
    assert_int_equal(avo_channel_open_peer(&channel, aead, NULL, &ends), AVO_EAUTH);
    b.member.channel_public_key[0] = 1;
    assert_int_equal(avo_channel_open_peer(&channel, aead, NULL, &ends), AVO_EAUTH);
}

static void headers(void **state) {
    (void)state;
    uint8_t bytes[AVO_PACKET_HEADER_BYTES];
    struct avo_packet_header header = header_make(), got;
    header.generation = 0x0102;
    header.acknowledged = 0x99;
    header.counter = 0x8877665544332211;
    avo_packet_header_write(bytes, &header);
    assert_int_equal(avo_packet_header_read(AVO_SLICE_OF(bytes), &got), AVO_OK);
    assert_int_equal(got.source, 0);
    assert_int_equal(got.destination, 1);
    assert_int_equal(got.worker, 2);
    assert_int_equal(got.generation, 0x0102);
    assert_int_equal(got.acknowledged, 0x99);
    assert_int_equal(got.session, 0x11223344);
    assert_int_equal(got.epoch, 7);
    assert_memory_equal(got.view_hash, header.view_hash, 8);
    assert_true(got.counter == header.counter);
    for (unsigned kind = 0; kind < 256; kind++) { /* handshakes have no generations */
        bytes[1] = (uint8_t)kind;
        assert_int_equal(avo_packet_header_read(AVO_SLICE_OF(bytes), &got), kind >= 1 && kind <= 3 ? AVO_OK : AVO_EFORMAT);
    }
    memset(bytes + 5, 0, 3);
    for (unsigned kind = 0; kind < 256; kind++) {
        bytes[1] = (uint8_t)kind;
        assert_int_equal(avo_packet_header_read(AVO_SLICE_OF(bytes), &got),
                         kind >= 1 && kind <= AVO_PACKET_KIND_MAX ? AVO_OK : AVO_EFORMAT);
    }
    bytes[0] = AVO_WIRE_VERSION + 2; /* garbage is no version */
    assert_int_equal(avo_packet_header_read(AVO_SLICE_OF(bytes), &got), AVO_EFORMAT);
    bytes[1] = AVO_PACKET_HELLO;
    assert_int_equal(avo_packet_header_read(AVO_SLICE_OF(bytes), &got), AVO_EVERSION);
    assert_int_equal(got.wire_version, AVO_WIRE_VERSION + 2);
    assert_int_equal(avo_packet_header_read(avo_slice(bytes, 31), &got), AVO_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(replays_are_refused),
        cmocka_unit_test(window_edge),
        cmocka_unit_test(crossed_channels_are_refused),
        cmocka_unit_test(counter_ends),
        cmocka_unit_test(low_order_point_is_refused),
        cmocka_unit_test(headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
