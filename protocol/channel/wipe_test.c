/* Keys of channels, streams and handshakes leave nothing in memory: neither on the stack of the call that made or used them, nor in
 * a structure that was wiped. */
#include "base/testing_stack.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/hkdf.h"
#include "protocol/channel/stream.h"
#include "protocol/testing.h"
#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <sodium.h>

static const uint8_t secret[32] = {0x5a, 0xc1, 0x02, 0x77, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0x99, 0xab, 0xcd,
                                   0x31, 0x41, 0x59, 0x26, 5, 3, 5, 8, 9, 7, 9, 3, 2, 0x38, 0x46, 0x26};

#define assert_not_left(bytes) assert_false(testing_stack_has(bytes, sizeof(bytes)))

/* Everything that a test makes on the searched stack lies here. */
static struct {
    struct avo_prng prng;
    struct avo_key_pair initiator_pair, responder_pair;
    struct avo_noise initiator, responder;
    struct avo_noise_keys initiator_keys, responder_keys;
    uint8_t first[256], second[256];
    size_t first_bytes, second_bytes;
    struct avo_channel channel, other;
    struct avo_member own, peer;
    uint8_t cluster_id[AVO_CLUSTER_ID_BYTES];
    uint8_t expanded[64];
    struct avo_ratchet ratchet;
    uint8_t packet[256];
    size_t packet_bytes;
    struct avo_packet_header header;
    enum avo_error error;
    enum avo_aead_kind kind;
    struct avo_aead_key key;
    uint8_t data[64];
    uint8_t tag[AVO_TAG_BYTES];
    struct avo_secure_stream stream;
    uint8_t stream_out[512];
    struct avo_buffer out;
    struct avo_slice in;
} it;

static int set_up(void **state) {
    (void)state;
    it.prng = avo_prng(testing_seed());
    avo_key_pair_make(&it.initiator_pair, &it.prng.random);
    avo_key_pair_make(&it.responder_pair, &it.prng.random);
    it.kind = AVO_AEAD_BEST;
    return 0;
}

static void expand(void *context) {
    (void)context;
    avo_hkdf_expand(it.expanded, sizeof it.expanded, secret, AVO_SLICE_EMPTY);
}

static void hkdf_leaves_no_output(void **state) {
    (void)state;
    testing_stack_run(expand, NULL);
    assert_not_left(it.expanded);
}

static void turn(void *context) {
    (void)context;
    avo_ratchet_turn(&it.ratchet);
}

static void a_ratchet_leaves_no_generation(void **state) {
    (void)state;
    avo_ratchet_begin(&it.ratchet, secret);
    struct avo_ratchet before = it.ratchet;
    testing_stack_run(turn, NULL);
    assert_not_left(before.secret);
    assert_not_left(before.key);
    assert_not_left(it.ratchet.secret);
    assert_not_left(it.ratchet.key);
}

static void open_peer(void *context) {
    (void)context;
    struct avo_channel_ends ends = {
        .own_secret = it.initiator_pair.secret, .cluster_id = it.cluster_id, .own = &it.own, .peer = &it.peer};
    it.error = avo_channel_open_peer(&it.channel, testing_aead(AVO_AEAD_BEST), NULL, &ends);
}

static void a_peer_channel_leaves_no_shared_secret(void **state) {
    (void)state;
    it.own.slot = 1;
    memcpy(it.peer.channel_public_key, it.responder_pair.public, sizeof it.responder_pair.public);
    testing_stack_run(open_peer, NULL);
    assert_int_equal(it.error, AVO_OK);
    uint8_t shared[32], prk[AVO_HKDF_HASH_BYTES];
    assert_int_equal(crypto_scalarmult_curve25519(shared, it.initiator_pair.secret, it.responder_pair.public), 0);
    avo_hkdf_extract(prk, AVO_SLICE_OF(it.cluster_id), AVO_SLICE_OF(shared));
    assert_not_left(shared);
    assert_not_left(prk);
    assert_not_left(it.channel.send_ratchet.key);
    assert_not_left(it.channel.send_ratchet.secret);
    assert_not_left(it.channel.receive_key_bytes);
    avo_channel_wipe(&it.channel);
    assert_true(testing_is_zero(&it.channel, sizeof it.channel));
}

/* Packets of one side, after which the other is a generation behind or ahead of it. */
static void seal(void *context) {
    (void)context;
    it.header = (struct avo_packet_header){.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER};
    it.error = avo_channel_seal(&it.channel, it.header, it.packet, 0, &it.packet_bytes);
    assert_int_equal(avo_packet_header_read(avo_slice(it.packet, it.packet_bytes), &it.header), AVO_OK);
}

static void open_packet(void *context) {
    (void)context;
    struct avo_slice batch;
    it.error = avo_channel_open(&it.other, &it.header, it.packet, it.packet_bytes, &batch);
}

static void a_key_beside_the_present_one_is_not_left_expanded(void **state) {
    (void)state;
    static const uint8_t back[32] = {1, 2, 3};
    const struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    struct avo_channel_limits limits = {1, UINT64_MAX, UINT64_MAX};
    avo_channel_open_keys(&it.channel, aead, &limits, secret, back);
    avo_channel_open_keys(&it.other, aead, &limits, back, secret);
    seal(NULL);
    uint8_t delayed[sizeof it.packet];
    memcpy(delayed, it.packet, sizeof delayed);
    struct avo_packet_header delayed_header = it.header;
    seal(NULL); /* in the next generation: both begin at one that counts as acknowledged */
    assert_int_equal(it.header.generation, 1);
    uint8_t first_key[AVO_AEAD_KEY_BYTES];
    memcpy(first_key, it.other.receive_key_bytes, sizeof first_key);
    testing_stack_run(open_packet, NULL);
    assert_int_equal(it.error, AVO_OK);
    assert_not_left(it.other.receive_key.schedule);
    assert_not_left(it.other.receive_key_bytes);
    memcpy(it.packet, delayed, sizeof delayed);
    it.header = delayed_header;
    testing_stack_run(open_packet, NULL);
    assert_int_equal(it.error, AVO_OK);
    struct avo_aead_key first;
    avo_aead_key_set(aead, &first, first_key);
    assert_not_left(first.schedule);
    assert_memory_equal(it.other.previous_key_bytes, first_key, sizeof first_key);
    avo_channel_rest(&it.other);
    assert_true(testing_is_zero(it.other.previous_key_bytes, sizeof it.other.previous_key_bytes));
    assert_false(it.other.previous);
}

/* What it opens would be a replay once the window has passed it. */
static void the_key_before_dies_with_its_window(void **state) {
    (void)state;
    static const uint8_t back[32] = {1, 2, 3};
    const struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    struct avo_channel_limits limits = {1, UINT64_MAX, UINT64_MAX};
    avo_channel_open_keys(&it.channel, aead, &limits, secret, back);
    avo_channel_open_keys(&it.other, aead, &limits, back, secret);
    seal(NULL);
    open_packet(NULL);
    seal(NULL); /* counter 2, of the next generation */
    open_packet(NULL);
    assert_true(it.other.previous);
    it.channel.send_counter = 2 + AVO_REPLAY_WINDOW_PACKETS - 1;
    seal(NULL);
    open_packet(NULL);
    assert_true(it.other.previous);
    assert_false(testing_is_zero(it.other.previous_key_bytes, sizeof it.other.previous_key_bytes));
    seal(NULL);
    open_packet(NULL);
    assert_int_equal(it.error, AVO_OK);
    assert_false(it.other.previous);
    assert_true(testing_is_zero(it.other.previous_key_bytes, sizeof it.other.previous_key_bytes));
}

static void handshake_begin(void) {
    const struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    avo_noise_initiate(&it.initiator, aead, &it.initiator_pair, it.responder_pair.public, AVO_SLICE_EMPTY);
    avo_noise_respond(&it.responder, aead, &it.responder_pair, AVO_SLICE_EMPTY);
}

static void first_write(void *context) {
    (void)context;
    struct avo_writer writer = avo_writer(it.first, sizeof it.first);
    it.error = avo_noise_first_write(&it.initiator, &it.prng.random, AVO_SLICE_EMPTY, &writer);
    it.first_bytes = writer.length;
}

static void first_read(void *context) {
    (void)context;
    struct avo_buffer payload = {NULL, 0, 0};
    it.error = avo_noise_first_read(&it.responder, avo_slice(it.first, it.first_bytes), &payload);
}

static void second_write(void *context) {
    (void)context;
    struct avo_writer writer = avo_writer(it.second, sizeof it.second);
    it.error = avo_noise_second_write(&it.responder, &it.prng.random, AVO_SLICE_EMPTY, &writer, &it.responder_keys);
    it.second_bytes = writer.length;
}

static void second_read(void *context) {
    (void)context;
    struct avo_buffer payload = {NULL, 0, 0};
    it.error = avo_noise_second_read(&it.initiator, avo_slice(it.second, it.second_bytes), &payload, &it.initiator_keys);
}

static void assert_shared_not_left(const struct avo_key_pair *own, const uint8_t *other) {
    uint8_t shared[32];
    assert_int_equal(crypto_scalarmult_curve25519(shared, own->secret, other), 0);
    assert_not_left(shared);
}

/* Split()'s own pseudorandom key, from the chaining key that the handshake ended with. */
static void assert_split_not_left(const struct avo_noise *noise, const struct avo_noise_keys *keys) {
    uint8_t prk[AVO_HKDF_HASH_BYTES];
    avo_hkdf_extract(prk, AVO_SLICE_OF(noise->chaining_key), AVO_SLICE_EMPTY);
    assert_not_left(prk);
    assert_not_left(keys->send);
    assert_not_left(keys->receive);
}

static void a_handshake_leaves_no_key(void **state) {
    (void)state;
    handshake_begin();
    testing_stack_run(first_write, NULL);
    assert_int_equal(it.error, AVO_OK);
    assert_not_left(it.initiator.chaining_key);
    assert_not_left(it.initiator.key.schedule);
    assert_shared_not_left(&it.initiator.ephemeral, it.responder_pair.public);
    assert_shared_not_left(&it.initiator_pair, it.responder_pair.public);
    testing_stack_run(first_read, NULL);
    assert_int_equal(it.error, AVO_OK);
    assert_not_left(it.responder.chaining_key);
    assert_not_left(it.responder.key.schedule);
    assert_shared_not_left(&it.responder_pair, it.initiator.ephemeral.public);
    testing_stack_run(second_write, NULL);
    assert_int_equal(it.error, AVO_OK);
    assert_not_left(it.responder.chaining_key);
    assert_shared_not_left(&it.responder.ephemeral, it.initiator.ephemeral.public);
    assert_split_not_left(&it.responder, &it.responder_keys);
    testing_stack_run(second_read, NULL);
    assert_int_equal(it.error, AVO_OK);
    assert_not_left(it.initiator.chaining_key);
    assert_split_not_left(&it.initiator, &it.initiator_keys);
    avo_noise_wipe(&it.initiator);
    assert_true(testing_is_zero(&it.initiator, sizeof it.initiator));
}

static void a_forged_message_leaves_no_attempt(void **state) {
    (void)state;
    handshake_begin();
    first_write(NULL);
    it.first[it.first_bytes - 1] ^= 1;
    testing_stack_run(first_read, NULL);
    assert_int_equal(it.error, AVO_EAUTH);
    assert_shared_not_left(&it.responder_pair, it.initiator.ephemeral.public);
    assert_not_left(it.initiator.chaining_key); /* what the attempt had come to */
    assert_not_left(it.initiator.key.schedule);
}

static void stream_read(void *context) {
    (void)context;
    struct avo_slice message;
    it.error = avo_secure_stream_read(&it.stream, &it.prng.random, &it.in, &it.out, &message);
}

/* The handshake's keys, as both ends must have made them, are in the engine's own form alone. */
static void a_stream_leaves_no_key(void **state) {
    (void)state;
    static struct avo_secure_stream initiator;
    static uint8_t sent[512];
    struct avo_buffer to_responder = {sent, 0, sizeof sent};
    const struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    avo_secure_stream_initiate(&initiator, aead, &it.initiator_pair, it.responder_pair.public, AVO_SLICE_EMPTY);
    avo_secure_stream_respond(&it.stream, aead, &it.responder_pair, AVO_SLICE_EMPTY);
    assert_int_equal(avo_secure_stream_start(&initiator, &it.prng.random, &to_responder), AVO_OK);
    struct avo_noise twin = it.stream.noise;
    struct avo_prng prng = it.prng;
    it.in = avo_buffer_slice(&to_responder);
    it.out = (struct avo_buffer){it.stream_out, 0, sizeof it.stream_out};
    testing_stack_run(stream_read, NULL);
    assert_int_equal(it.error, AVO_OK);
    assert_true(it.stream.ready);
    /* The same handshake again, beside the stream, says which keys these were. */
    const size_t first_bytes = AVO_NOISE_FIRST_OVERHEAD_BYTES + 1;
    struct avo_slice first = avo_slice(sent + to_responder.length - first_bytes, first_bytes);
    uint8_t offered;
    struct avo_buffer payload = {&offered, 0, 1};
    uint8_t second[64];
    struct avo_writer writer = avo_writer(second, sizeof second);
    struct avo_noise_keys keys;
    assert_int_equal(avo_noise_first_read(&twin, first, &payload), AVO_OK);
    assert_int_equal(avo_noise_second_write(&twin, &prng.random, AVO_SLICE_EMPTY, &writer, &keys), AVO_OK);
    assert_memory_equal(it.stream.handshake_hash, twin.hash, sizeof twin.hash);
    assert_not_left(keys.send);
    assert_not_left(keys.receive);
    assert_true(testing_is_zero(it.stream.noise.chaining_key, sizeof it.stream.noise.chaining_key));
    assert_true(testing_is_zero(it.stream.noise.own_static.secret, sizeof it.stream.noise.own_static.secret));
    avo_secure_stream_wipe(&it.stream);
    it.stream.broken = false; /* all that a wiped stream keeps */
    assert_true(testing_is_zero(&it.stream, sizeof it.stream));
}

static void aead_open(void *context) {
    (void)context;
    static const uint8_t nonce[AVO_NONCE_BYTES];
    uint8_t forged[AVO_TAG_BYTES] = {0};
    it.error = avo_aead_open(testing_aead(it.kind), &it.key, nonce, AVO_SLICE_EMPTY, it.data, sizeof it.data, forged);
}

static void aead_seal(void *context) {
    (void)context;
    static const uint8_t nonce[AVO_NONCE_BYTES];
    avo_aead_seal(testing_aead(it.kind), &it.key, nonce, AVO_SLICE_EMPTY, it.data, sizeof it.data, it.tag);
}

static void a_forgery_learns_neither_tag_nor_plaintext(void **state) {
    (void)state;
    const enum avo_aead_kind kinds[] = {AVO_AEAD_BEST, AVO_AEAD_NETTLE};
    for (size_t i = 0; i < AVO_COUNT(kinds); i++) {
        it.kind = kinds[i];
        avo_aead_key_set(testing_aead(it.kind), &it.key, secret);
        memset(it.data, 7, sizeof it.data);
        aead_seal(NULL);
        testing_stack_run(aead_open, NULL);
        assert_int_equal(it.error, AVO_EAUTH);
        assert_not_left(it.tag);
        assert_true(testing_is_zero(it.data, sizeof it.data));
    }
}

static void encrypt_blocks(const void *cipher, size_t length, uint8_t *to, const uint8_t *from) {
    aes256_encrypt(cipher, length, to, from);
}

/* With the hash key tags could be forged. The table that nettle makes of it begins with it, in a form of its own. */
static void nettle_leaves_no_hash_key(void **state) {
    (void)state;
    struct aes256_ctx cipher;
    struct gcm_key table;
    memset(&table, 0, sizeof table);
    aes256_set_encrypt_key(&cipher, secret);
    gcm_set_key(&table, &cipher, encrypt_blocks);
    uint8_t begin[64];
    memcpy(begin, &table, sizeof begin);
    it.kind = AVO_AEAD_NETTLE;
    avo_aead_key_set(testing_aead(it.kind), &it.key, secret);
    testing_stack_run(aead_seal, NULL);
    assert_not_left(begin);
    testing_stack_run(aead_open, NULL);
    assert_not_left(begin);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(hkdf_leaves_no_output, set_up),
        cmocka_unit_test_setup(a_ratchet_leaves_no_generation, set_up),
        cmocka_unit_test_setup(a_peer_channel_leaves_no_shared_secret, set_up),
        cmocka_unit_test_setup(a_key_beside_the_present_one_is_not_left_expanded, set_up),
        cmocka_unit_test_setup(the_key_before_dies_with_its_window, set_up),
        cmocka_unit_test_setup(a_handshake_leaves_no_key, set_up),
        cmocka_unit_test_setup(a_forged_message_leaves_no_attempt, set_up),
        cmocka_unit_test_setup(a_stream_leaves_no_key, set_up),
        cmocka_unit_test_setup(a_forgery_learns_neither_tag_nor_plaintext, set_up),
        cmocka_unit_test_setup(nettle_leaves_no_hash_key, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
