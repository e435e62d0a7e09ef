/* Noise IK against published vectors, and against an attacker who changes any byte of either message. */
#include "protocol/channel/noise.h"
#include "protocol/testing.h"
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

/* "Randomness" that is the vector's ephemeral secret. */
struct fixed_random {
    struct avo_random random;
    uint8_t bytes[32];
};

static void fixed_fill(struct avo_random *random, uint8_t *to, size_t length) {
    assert_int_equal(length, 32);
    memcpy(to, ((struct fixed_random *)random)->bytes, length);
}

struct party {
    struct avo_key_pair pair;
    struct fixed_random random;
    struct avo_noise noise;
    struct avo_noise_keys keys;
};

struct handshake {
    struct party initiator, responder;
    uint8_t first[512], second[512];
    size_t first_length, second_length;
};

static struct avo_key_pair pair_of(const uint8_t *secret) {
    struct avo_key_pair pair;
    memcpy(pair.secret, secret, 32);
    crypto_scalarmult_curve25519_base(pair.public, pair.secret);
    return pair;
}

static void party_set(struct party *party, const uint8_t *static_secret, const uint8_t *ephemeral_secret) {
    party->pair = pair_of(static_secret);
    party->random = (struct fixed_random){.random = {fixed_fill}};
    memcpy(party->random.bytes, ephemeral_secret, 32);
}

static void begin(struct handshake *handshake, struct avo_slice prologue) {
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    avo_noise_initiate(&handshake->initiator.noise, aead, &handshake->initiator.pair, handshake->responder.pair.public, prologue);
    avo_noise_respond(&handshake->responder.noise, aead, &handshake->responder.pair, prologue);
}

static void first(struct handshake *handshake, struct avo_slice payload) {
    struct avo_writer writer = avo_writer(handshake->first, sizeof handshake->first);
    assert_int_equal(avo_noise_first_write(&handshake->initiator.noise, &handshake->initiator.random.random, payload, &writer),
                     AVO_OK);
    assert_int_equal(writer.length, payload.length + AVO_NOISE_FIRST_OVERHEAD_BYTES);
    handshake->first_length = writer.length;
}

static void second(struct handshake *handshake, struct avo_slice payload) {
    struct avo_writer writer = avo_writer(handshake->second, sizeof handshake->second);
    struct party *responder = &handshake->responder;
    assert_int_equal(avo_noise_second_write(&responder->noise, &responder->random.random, payload, &writer, &responder->keys),
                     AVO_OK);
    assert_int_equal(writer.length, payload.length + AVO_NOISE_SECOND_OVERHEAD_BYTES);
    handshake->second_length = writer.length;
}

static enum avo_error read_first(struct handshake *handshake, uint8_t *data, struct avo_slice *payload) {
    struct avo_buffer buffer = {data, 0, 512};
    enum avo_error error =
        avo_noise_first_read(&handshake->responder.noise, avo_slice(handshake->first, handshake->first_length), &buffer);
    *payload = avo_buffer_slice(&buffer);
    return error;
}

static enum avo_error read_second(struct handshake *handshake, uint8_t *data, struct avo_slice *payload) {
    struct avo_buffer buffer = {data, 0, 512};
    enum avo_error error = avo_noise_second_read(
        &handshake->initiator.noise, avo_slice(handshake->second, handshake->second_length), &buffer, &handshake->initiator.keys);
    *payload = avo_buffer_slice(&buffer);
    return error;
}

static size_t hex_field(const json_t *object, const char *name, uint8_t *to, size_t capacity) {
    return testing_hex(json_string_value(json_object_get(object, name)), to, capacity);
}

struct expected {
    uint8_t payload[256], cipher[512];
    size_t payload_length, cipher_length;
};

static struct expected expected_at(const json_t *vector, size_t index) {
    struct expected expected;
    const json_t *message = json_array_get(json_object_get(vector, "messages"), index);
    expected.payload_length = hex_field(message, "payload", expected.payload, sizeof expected.payload);
    expected.cipher_length = hex_field(message, "ciphertext", expected.cipher, sizeof expected.cipher);
    return expected;
}

static void check_handshake(struct handshake *handshake, const json_t *vector) {
    uint8_t data[512], hash[32];
    struct avo_slice got;
    struct expected expected = expected_at(vector, 0);
    first(handshake, avo_slice(expected.payload, expected.payload_length));
    assert_int_equal(handshake->first_length, expected.cipher_length);
    assert_memory_equal(handshake->first, expected.cipher, expected.cipher_length);
    assert_int_equal(read_first(handshake, data, &got), AVO_OK);
    assert_true(avo_slice_equal(got, avo_slice(expected.payload, expected.payload_length)));
    expected = expected_at(vector, 1);
    second(handshake, avo_slice(expected.payload, expected.payload_length));
    assert_int_equal(handshake->second_length, expected.cipher_length);
    assert_memory_equal(handshake->second, expected.cipher, expected.cipher_length);
    assert_int_equal(read_second(handshake, data, &got), AVO_OK);
    assert_true(avo_slice_equal(got, avo_slice(expected.payload, expected.payload_length)));
    assert_memory_equal(handshake->initiator.noise.hash, handshake->responder.noise.hash, 32);
    if (json_object_get(vector, "handshake_hash") != NULL) {
        hex_field(vector, "handshake_hash", hash, sizeof hash);
        assert_memory_equal(handshake->initiator.noise.hash, hash, 32);
    }
}

/* Transport messages alternate, the initiator first; their nonces count up from 0 in each direction. */
static void check_transport(const struct handshake *handshake, const json_t *vector) {
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    for (size_t i = 2; i < json_array_size(json_object_get(vector, "messages")); i++) {
        struct expected expected = expected_at(vector, i);
        struct avo_aead_key key;
        uint8_t nonce[12], tag[16];
        avo_aead_key_set(aead, &key, i % 2 == 0 ? handshake->initiator.keys.send : handshake->responder.keys.send);
        avo_aead_nonce(nonce, (i - 2) / 2);
        avo_aead_seal(aead, &key, nonce, AVO_SLICE_EMPTY, expected.payload, expected.payload_length, tag);
        assert_int_equal(expected.cipher_length, expected.payload_length + 16);
        assert_memory_equal(expected.payload, expected.cipher, expected.payload_length);
        assert_memory_equal(tag, expected.cipher + expected.payload_length, 16);
    }
    assert_memory_equal(handshake->initiator.keys.send, handshake->responder.keys.receive, 32);
    assert_memory_equal(handshake->initiator.keys.receive, handshake->responder.keys.send, 32);
}

static void check_vector(const json_t *vector) {
    static struct handshake handshake;
    uint8_t secret[32], ephemeral[32], prologue[128];
    hex_field(vector, "init_static", secret, 32);
    hex_field(vector, "init_ephemeral", ephemeral, 32);
    party_set(&handshake.initiator, secret, ephemeral);
    hex_field(vector, "resp_static", secret, 32);
    hex_field(vector, "resp_ephemeral", ephemeral, 32);
    party_set(&handshake.responder, secret, ephemeral);
    hex_field(vector, "init_remote_static", secret, 32);
    assert_memory_equal(secret, handshake.responder.pair.public, 32);
    size_t prologue_length = hex_field(vector, "init_prologue", prologue, sizeof prologue);
    begin(&handshake, avo_slice(prologue, prologue_length));
    check_handshake(&handshake, vector);
    check_transport(&handshake, vector);
}

static size_t check_file(FILE *file) {
    assert_non_null(file);
    json_t *root = json_loadf(file, 0, NULL);
    fclose(file);
    size_t index, checked_count = 0;
    json_t *vector;
    json_array_foreach(json_object_get(root, "vectors"), index, vector) {
        if (strcmp(json_string_value(json_object_get(vector, "protocol_name")), "Noise_IK_25519_AESGCM_SHA256") == 0) {
            check_vector(vector);
            checked_count++;
        }
    }
    json_decref(root);
    printf("%zu vectors of Noise_IK_25519_AESGCM_SHA256\n", checked_count);
    return checked_count;
}

/* Made by another implementation (vectors/make_noise_ik), which the published ones try too: what a bare clone runs. */
static void own_vectors(void **state) {
    (void)state;
    assert_int_equal(check_file(fopen(AVOCADO_SOURCE_ROOT "/protocol/channel/vectors/noise_ik.json", "r")), 3);
}

static void published_vectors(void **state) {
    (void)state;
    assert_true(check_file(testing_open(TESTING_SHARED, "noise/noise_aesgcm.json")) >= 2);
}

static struct handshake *fresh(struct avo_prng *prng) {
    static struct handshake handshake;
    uint8_t secrets[4][32];
    avo_random_fill(&prng->random, secrets, sizeof secrets);
    party_set(&handshake.initiator, secrets[0], secrets[1]);
    party_set(&handshake.responder, secrets[2], secrets[3]);
    begin(&handshake, avo_slice_string("prologue"));
    return &handshake;
}

static void both_ends_agree(void **state) {
    struct avo_prng *prng = *state;
    uint8_t data[512];
    struct avo_slice got;
    struct handshake *handshake = fresh(prng);
    first(handshake, avo_slice_string("ticket"));
    assert_int_equal(read_first(handshake, data, &got), AVO_OK);
    assert_true(avo_slice_equal(got, avo_slice_string("ticket")));
    assert_memory_equal(handshake->responder.noise.remote_static, handshake->initiator.pair.public, 32);
    second(handshake, avo_slice_string("welcome"));
    assert_int_equal(read_second(handshake, data, &got), AVO_OK);
    assert_true(avo_slice_equal(got, avo_slice_string("welcome")));
    assert_memory_equal(handshake->initiator.noise.hash, handshake->responder.noise.hash, 32);
    assert_memory_equal(handshake->initiator.keys.send, handshake->responder.keys.receive, 32);
    assert_memory_equal(handshake->initiator.keys.receive, handshake->responder.keys.send, 32);
    assert_memory_not_equal(handshake->initiator.keys.receive, handshake->initiator.keys.send, 32);
}

/* Every byte changed, every truncation: refused, and the genuine message afterwards still finishes the handshake. */
static void tampered_messages(void **state) {
    struct avo_prng *prng = *state;
    uint8_t data[512];
    struct avo_slice got;
    struct handshake *handshake = fresh(prng);
    first(handshake, avo_slice_string("ticket"));
    for (size_t i = 0; i < handshake->first_length; i++) {
        handshake->first[i] ^= 1;
        assert_int_equal(read_first(handshake, data, &got), AVO_EAUTH);
        handshake->first[i] ^= 1;
    }
    for (size_t cut = 0, whole = handshake->first_length; cut < whole; cut++) {
        handshake->first_length = cut;
        assert_int_not_equal(read_first(handshake, data, &got), AVO_OK);
        handshake->first_length = whole;
    }
    assert_int_equal(read_first(handshake, data, &got), AVO_OK);
    second(handshake, avo_slice_string("welcome"));
    for (size_t i = 0; i < handshake->second_length; i++) {
        handshake->second[i] ^= 0x80;
        /* The top bit of an X25519 public key is ignored (RFC 7748, 5), yet it is hashed: still refused. */
        assert_int_equal(read_second(handshake, data, &got), AVO_EAUTH);
        assert_int_equal(got.length, 0);
        handshake->second[i] ^= 0x80;
    }
    for (size_t cut = 0, whole = handshake->second_length; cut < whole; cut++) {
        handshake->second_length = cut;
        assert_int_not_equal(read_second(handshake, data, &got), AVO_OK);
        handshake->second_length = whole;
    }
    assert_int_equal(read_second(handshake, data, &got), AVO_OK);
    assert_true(avo_slice_equal(got, avo_slice_string("welcome")));
}

/* The sender chooses how long its payload is; the receiver how much it takes. */
static void payload_beyond_capacity(void **state) {
    struct avo_prng *prng = *state;
    uint8_t data[8];
    struct handshake *handshake = fresh(prng);
    first(handshake, avo_slice_string("ticket"));
    struct avo_slice message = avo_slice(handshake->first, handshake->first_length);
    struct avo_buffer buffer = {data, 0, 5};
    assert_int_equal(avo_noise_first_read(&handshake->responder.noise, message, &buffer), AVO_EFORMAT);
    assert_int_equal(buffer.length, 0);
    buffer.capacity = 6;
    assert_int_equal(avo_noise_first_read(&handshake->responder.noise, message, &buffer), AVO_OK);
    assert_memory_equal(data, "ticket", 6);
}

static void another_prologue_or_key(void **state) {
    struct avo_prng *prng = *state;
    uint8_t data[512];
    struct avo_slice got;
    struct handshake *handshake = fresh(prng);
    first(handshake, AVO_SLICE_EMPTY);
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    avo_noise_respond(&handshake->responder.noise, aead, &handshake->responder.pair, avo_slice_string("other"));
    assert_int_equal(read_first(handshake, data, &got), AVO_EAUTH);
    avo_noise_respond(&handshake->responder.noise, aead, &handshake->initiator.pair, avo_slice_string("prologue"));
    assert_int_equal(read_first(handshake, data, &got), AVO_EAUTH);
}

/* A responder whose static or ephemeral key is a low-order point would share a secret with everybody. */
static void low_order_points(void **state) {
    struct avo_prng *prng = *state;
    static const uint8_t zero[32];
    uint8_t data[512];
    struct avo_slice got;
    struct handshake *handshake = fresh(prng);
    struct avo_writer writer = avo_writer(handshake->first, sizeof handshake->first);
    avo_noise_initiate(&handshake->initiator.noise, testing_aead(AVO_AEAD_BEST), &handshake->initiator.pair, zero, AVO_SLICE_EMPTY);
    assert_int_equal(
        avo_noise_first_write(&handshake->initiator.noise, &handshake->initiator.random.random, AVO_SLICE_EMPTY, &writer),
        AVO_EAUTH);
    memset(handshake->first, 0, 32);
    handshake->first_length = AVO_NOISE_FIRST_OVERHEAD_BYTES;
    assert_int_equal(read_first(handshake, data, &got), AVO_EAUTH);
}

static void small_output(void **state) {
    struct avo_prng *prng = *state;
    struct handshake *handshake = fresh(prng);
    for (size_t capacity = 0; capacity < AVO_NOISE_FIRST_OVERHEAD_BYTES + 3; capacity++) {
        struct avo_noise noise = handshake->initiator.noise;
        struct avo_writer writer = avo_writer(handshake->first, capacity);
        assert_int_equal(avo_noise_first_write(&noise, &handshake->initiator.random.random, avo_slice_string("abc"), &writer),
                         AVO_ESPACE);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest published[] = {cmocka_unit_test(published_vectors)};
    if (testing_published(argc, argv)) {
        return cmocka_run_group_tests(published, NULL, NULL);
    }
    struct avo_prng prng = avo_prng(testing_seed());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_vectors),
        cmocka_unit_test_prestate(both_ends_agree, &prng),
        cmocka_unit_test_prestate(tampered_messages, &prng),
        cmocka_unit_test_prestate(payload_beyond_capacity, &prng),
        cmocka_unit_test_prestate(another_prologue_or_key, &prng),
        cmocka_unit_test_prestate(low_order_points, &prng),
        cmocka_unit_test_prestate(small_output, &prng),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
