/* The secure stream fed byte by byte, in random pieces, tampered, oversized and out of turn. */
#include "base/wire_testing.h"
#include "protocol/channel/stream.h"
#include "protocol/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define WIRE_BYTES (256 * 1024)

struct end {
    struct avo_secure_stream stream;
    struct avo_key_pair pair;
    uint8_t wire[WIRE_BYTES];
    struct avo_buffer out; /* what it sent, in wire */
};

static struct end client, server;
static struct avo_prng prng;
static uint8_t big[AVO_STREAM_MESSAGE_MAX_BYTES + 1];

static void begin(void) {
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    avo_key_pair_make(&client.pair, &prng.random);
    avo_key_pair_make(&server.pair, &prng.random);
    client.out = (struct avo_buffer){client.wire, 0, WIRE_BYTES};
    server.out = (struct avo_buffer){server.wire, 0, WIRE_BYTES};
    avo_secure_stream_initiate(&client.stream, aead, &client.pair, server.pair.public, avo_slice_string("prologue"));
    avo_secure_stream_respond(&server.stream, aead, &server.pair, avo_slice_string("prologue"));
    assert_int_equal(avo_secure_stream_start(&client.stream, &prng.random, &client.out), AVO_OK);
}

/* Feeds `to` what `from` sent, in pieces of 1 to `most` bytes; the last message that came out, and how many. */
static enum avo_error deliver(struct end *from, struct end *to, size_t most, struct avo_slice *last, int *message_count) {
    enum avo_error error = AVO_OK;
    struct avo_slice left = avo_buffer_slice(&from->out);
    *last = AVO_SLICE_EMPTY;
    *message_count = 0;
    while (left.length > 0 && error == AVO_OK) {
        size_t part = 1 + avo_prng_below(&prng, most);
        struct avo_slice piece = avo_slice_part(left, 0, part < left.length ? part : left.length);
        left = avo_slice_part(left, piece.length, left.length - piece.length);
        while (piece.length > 0 && error == AVO_OK) {
            struct avo_slice message;
            error = avo_secure_stream_read(&to->stream, &prng.random, &piece, &to->out, &message);
            if (message.data != NULL) {
                *last = message;
                ++*message_count;
            }
        }
    }
    from->out.length = 0;
    return error;
}

static void shake_hands(size_t most) {
    struct avo_slice message;
    int count;
    assert_int_equal(deliver(&client, &server, most, &message, &count), AVO_OK);
    assert_true(server.stream.ready && !client.stream.ready && count == 0);
    assert_int_equal(deliver(&server, &client, most, &message, &count), AVO_OK);
    assert_true(client.stream.ready && client.stream.proven && !server.stream.proven && count == 0);
    assert_int_equal(deliver(&client, &server, most, &message, &count), AVO_OK); /* the empty message */
    assert_true(server.stream.proven && count == 1 && message.length == 0);
    assert_memory_equal(client.stream.handshake_hash, server.stream.handshake_hash, AVO_HASH_BYTES);
    assert_memory_equal(client.stream.remote_static, server.pair.public, 32);
    assert_memory_equal(server.stream.remote_static, client.pair.public, 32);
}

static void exchange(struct end *from, struct end *to, size_t length, size_t most) {
    struct avo_slice message;
    int count;
    assert_int_equal(avo_secure_stream_write(&from->stream, avo_slice(big, length), &from->out), AVO_OK);
    assert_int_equal(deliver(from, to, most, &message, &count), AVO_OK);
    assert_int_equal(count, 1);
    assert_true(avo_slice_equal(message, avo_slice(big, length)));
}

static void byte_by_byte(void **state) {
    (void)state;
    begin();
    shake_hands(1);
    for (size_t length = 0; length < 40; length++) {
        exchange(&client, &server, length, 1);
        exchange(&server, &client, length, 1);
    }
}

static void all_sizes(void **state) {
    (void)state;
    begin();
    shake_hands(50);
    const size_t chunk = AVO_STREAM_FRAME_MAX_BYTES - AVO_TAG_BYTES;
    for (size_t frames = 1; frames <= 4; frames++) {
        for (size_t length = frames * chunk - 6; length < frames * chunk + 3 && length <= AVO_STREAM_MESSAGE_MAX_BYTES; length++) {
            exchange(&client, &server, length, 9000);
        }
    }
    exchange(&server, &client, AVO_STREAM_MESSAGE_MAX_BYTES, 100000);
    assert_int_equal(avo_secure_stream_write(&client.stream, AVO_SLICE_OF(big), &client.out), AVO_ETOOBIG);
    exchange(&client, &server, 10, 9000);
}

static void many_in_one_piece(void **state) {
    (void)state;
    begin();
    shake_hands(1000);
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(avo_secure_stream_write(&client.stream, avo_slice(big, i * 100), &client.out), AVO_OK);
    }
    struct avo_slice in = avo_buffer_slice(&client.out), message;
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(avo_secure_stream_read(&server.stream, &prng.random, &in, &server.out, &message), AVO_OK);
        assert_true(message.data != NULL && avo_slice_equal(message, avo_slice(big, i * 100)));
    }
    assert_int_equal(in.length, 0);
}

/* Who recorded a first message opens a session with it, and none of its frames. */
static void a_replay_proves_nothing(void **state) {
    (void)state;
    struct avo_slice message;
    int count;
    begin();
    struct avo_slice first = avo_buffer_slice(&client.out), again = first;
    assert_int_equal(avo_secure_stream_read(&server.stream, &prng.random, &first, &server.out, &message), AVO_OK);
    assert_int_equal(deliver(&server, &client, 100, &message, &count), AVO_OK);
    avo_secure_stream_respond(&server.stream, testing_aead(AVO_AEAD_BEST), &server.pair, avo_slice_string("prologue"));
    assert_int_equal(avo_secure_stream_read(&server.stream, &prng.random, &again, &server.out, &message), AVO_OK);
    assert_true(server.stream.ready && !server.stream.proven);
    client.out = (struct avo_buffer){client.wire, 0, sizeof client.wire};
    assert_int_equal(avo_secure_stream_write(&client.stream, avo_slice(big, 9), &client.out), AVO_OK); /* of the other session */
    assert_int_equal(deliver(&client, &server, 100, &message, &count), AVO_EAUTH);
    assert_true(count == 0 && !server.stream.proven);
}

/* Any changed byte of the handshake breaks it, on one side or the other. */
static void tampered_handshake(void **state) {
    (void)state;
    for (size_t i = 0; i < 8 + 2 + AVO_NOISE_FIRST_OVERHEAD_BYTES + 1; i++) {
        struct avo_slice message;
        int count;
        begin();
        client.out.data[i] ^= 1;
        client.out.length += 300; /* bytes enough for a frame whose length was made larger */
        enum avo_error error = deliver(&client, &server, 1000, &message, &count);
        assert_int_equal(error, i < 7 || i == 8 || i == 9 ? AVO_EFORMAT : AVO_EAUTH); /* 7: it names a neighbour */
        assert_true(server.stream.broken && !server.stream.ready && server.out.length == 0);
        struct avo_slice more = avo_slice(big, 5);
        assert_int_equal(avo_secure_stream_read(&server.stream, &prng.random, &more, &server.out, &message), AVO_EFORMAT);
        assert_int_equal(avo_secure_stream_write(&server.stream, more, &server.out), AVO_ESTALE);
    }
}

/* The side that does not understand says what it speaks, and so both can say which of them is the older. */
static void another_version_is_named(void **state) {
    (void)state;
    struct avo_slice message;
    int count;
    for (size_t pieces = 1; pieces <= 1000; pieces += 999) {
        begin();
        client.out.data[7] = AVO_WIRE_VERSION + 2;
        assert_int_equal(deliver(&client, &server, pieces, &message, &count), AVO_EVERSION);
        assert_int_equal(server.stream.remote_version, AVO_WIRE_VERSION + 2);
        assert_int_equal(server.out.length, 8);
        assert_int_equal(server.out.data[7], AVO_WIRE_VERSION);
        server.out.data[7] = AVO_WIRE_VERSION + 2;
        assert_int_equal(deliver(&server, &client, pieces, &message, &count), AVO_EVERSION);
        assert_int_equal(client.stream.remote_version, AVO_WIRE_VERSION + 2);
        assert_true(client.stream.broken);
    }
    begin(); /* a responder of our own version has no reason to say so */
    assert_int_equal(deliver(&client, &server, 1000, &message, &count), AVO_OK);
    server.out.length = 8;
    memcpy(server.out.data, "avocado", 7);
    server.out.data[7] = AVO_WIRE_VERSION;
    assert_int_equal(deliver(&server, &client, 1000, &message, &count), AVO_EFORMAT);
}

/* `one` opens a stream to `other`: what the responder finds that both speak, 0 when it ends the stream. The preamble says `shown`.
 */
static uint8_t agreed(uint8_t one, uint8_t shown, uint8_t other) {
    struct avo_slice message;
    int count;
    avo_wire_testing_speak(one);
    begin();
    client.out.data[7] = shown;
    avo_wire_testing_speak(other);
    enum avo_error error = deliver(&client, &server, 1000, &message, &count);
    avo_wire_testing_speak(AVO_WIRE_VERSION);
    assert_true((error == AVO_OK) == server.stream.ready);
    return error == AVO_OK ? server.stream.wire_version : 0;
}

static void neighbours_speak_the_lower_of_their_versions(void **state) {
    (void)state;
    const uint8_t some = AVO_WIRE_VERSION + 5;
    assert_int_equal(agreed(some, some, some), some);
    assert_int_equal(agreed(some, some, some + 1), some);
    assert_int_equal(agreed(some + 1, some + 1, some), some);
    assert_int_equal(agreed(some, some, some + 2), 0);
    assert_int_equal(agreed(some + 2, some + 2, some), 0);
}

/* Both could speak a newer version than the one to which the preamble was lowered on its way. */
static void a_preamble_that_was_changed_ends_the_stream(void **state) {
    (void)state;
    const uint8_t some = AVO_WIRE_VERSION + 5;
    assert_int_equal(agreed(some, some - 1, some), 0);
    assert_int_equal(agreed(some, some - 1, some - 1), 0);
    assert_int_equal(agreed(some, some + 1, some), 0);
    assert_int_equal(agreed(some - 1, some, some), 0);
}

static void tampered_messages(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 + 4 + 5 + 16; i++) {
        struct avo_slice message;
        int count;
        begin();
        shake_hands(1000);
        assert_int_equal(avo_secure_stream_write(&client.stream, avo_slice(big, 5), &client.out), AVO_OK);
        /* Bytes enough for a frame whose length was made larger. */
        assert_int_equal(avo_secure_stream_write(&client.stream, avo_slice(big, 600), &client.out), AVO_OK);
        client.out.data[i] ^= 1;
        enum avo_error error = deliver(&client, &server, 1000, &message, &count);
        assert_true(i == 1 ? error == AVO_EAUTH || count == 0 : error == AVO_EAUTH);
        assert_int_equal(count, 0);
    }
}

static void replayed_and_reordered(void **state) {
    (void)state;
    struct avo_slice message;
    int count;
    begin();
    shake_hands(1000);
    exchange(&client, &server, 100, 1000);
    client.out.length = 2 + 4 + 100 + 16; /* the same frame again: its bytes are still there */
    assert_int_equal(deliver(&client, &server, 1000, &message, &count), AVO_EAUTH);
    begin();
    shake_hands(1000);
    assert_int_equal(avo_secure_stream_write(&client.stream, avo_slice(big, 1), &client.out), AVO_OK);
    client.out.length = 0; /* the first never arrives */
    assert_int_equal(avo_secure_stream_write(&client.stream, avo_slice(big, 1), &client.out), AVO_OK);
    assert_int_equal(deliver(&client, &server, 1000, &message, &count), AVO_EAUTH);
}

/* What an authentic but hostile peer may put into frames. */
static enum avo_error send_plain(const uint8_t *plain, size_t length) {
    struct avo_slice message;
    int count;
    uint8_t nonce[12], tag[16];
    struct avo_writer writer = avo_writer(client.out.data, client.out.capacity);
    avo_write_u16(&writer, (uint16_t)(length + 16));
    avo_write_bytes(&writer, plain, length);
    avo_aead_nonce(nonce, client.stream.send_nonce++);
    avo_aead_seal(testing_aead(AVO_AEAD_BEST), &client.stream.send_key, nonce, AVO_SLICE_EMPTY, writer.data + 2, length, tag);
    avo_write_bytes(&writer, tag, 16);
    client.out.length = writer.length;
    enum avo_error error = deliver(&client, &server, 100000, &message, &count);
    assert_int_equal(count, 0);
    return error;
}

static void hostile_lengths(void **state) {
    (void)state;
    static uint8_t plain[AVO_STREAM_FRAME_MAX_BYTES];
    const uint32_t too_long[] = {AVO_STREAM_MESSAGE_MAX_BYTES + 1, UINT32_MAX};
    for (size_t i = 0; i < AVO_COUNT(too_long); i++) {
        begin();
        shake_hands(1000);
        memcpy(plain, &too_long[i], 4);
        assert_int_equal(send_plain(plain, 4), AVO_EFORMAT);
    }
    begin();
    shake_hands(1000);
    memset(plain, 0, sizeof plain);
    plain[0] = 3;
    assert_int_equal(send_plain(plain, 8), AVO_EFORMAT); /* more than it announced */
    begin();
    shake_hands(1000);
    assert_int_equal(send_plain(plain, 0), AVO_EFORMAT); /* a frame without content */
    begin();
    shake_hands(1000);
    plain[0] = 0;
    plain[2] = 1; /* 64 KiB announced, in five frames one byte too many */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(send_plain(plain, AVO_STREAM_FRAME_MAX_BYTES - 16), AVO_OK);
        memset(plain, 0, 4);
    }
    assert_int_equal(send_plain(plain, AVO_STREAM_MESSAGE_MAX_BYTES + 4 + 1 - 4 * (AVO_STREAM_FRAME_MAX_BYTES - 16)), AVO_EFORMAT);
}

static void hostile_frames(void **state) {
    (void)state;
    const uint16_t lengths[] = {0, AVO_STREAM_FRAME_MAX_BYTES + 1, UINT16_MAX};
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        struct avo_slice message;
        int count;
        begin();
        memcpy(client.out.data + 8, &lengths[i], 2);
        assert_int_equal(deliver(&client, &server, 7, &message, &count), AVO_EFORMAT);
    }
}

static void small_output_changes_nothing(void **state) {
    (void)state;
    begin();
    shake_hands(1000);
    client.out.capacity = 2 + 4 + 100 + 16 - 1;
    assert_int_equal(avo_secure_stream_write(&client.stream, avo_slice(big, 100), &client.out), AVO_ESPACE);
    assert_int_equal(client.out.length, 0);
    client.out.capacity++;
    exchange(&client, &server, 100, 10);
}

int main(void) {
    prng = avo_prng(testing_seed());
    avo_random_fill(&prng.random, big, sizeof big);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(all_sizes),
        cmocka_unit_test(many_in_one_piece),
        cmocka_unit_test(a_replay_proves_nothing),
        cmocka_unit_test(tampered_handshake),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(neighbours_speak_the_lower_of_their_versions),
        cmocka_unit_test(a_preamble_that_was_changed_ends_the_stream),
        cmocka_unit_test(tampered_messages),
        cmocka_unit_test(replayed_and_reordered),
        cmocka_unit_test(hostile_lengths),
        cmocka_unit_test(hostile_frames),
        cmocka_unit_test(small_output_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
