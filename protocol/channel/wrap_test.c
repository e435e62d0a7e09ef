/* Noise N against vectors of another implementation, and against any changed byte. */
#include "protocol/channel/wrap.h"
#include "protocol/testing.h"
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 512

/* "Randomness" that is the vector's ephemeral secret. */
struct fixed_random {
    struct avo_random random;
    uint8_t bytes[32];
};

static void fixed_fill(struct avo_random *random, uint8_t *to, size_t length) {
    assert_int_equal(length, 32);
    memcpy(to, ((struct fixed_random *)random)->bytes, length);
}

static size_t hex_field(const json_t *vector, const char *name, uint8_t to[ROOM]) {
    return testing_hex(json_string_value(json_object_get(vector, name)), to, ROOM);
}

static void check_vector(const json_t *vector) {
    struct fixed_random random = {.random = {fixed_fill}};
    struct avo_key_pair own;
    uint8_t bytes[ROOM], prologue[ROOM], payload[ROOM], expected[ROOM], got[ROOM];
    (void)hex_field(vector, "init_ephemeral", bytes);
    memcpy(random.bytes, bytes, 32);
    (void)hex_field(vector, "resp_static", bytes);
    memcpy(own.secret, bytes, 32);
    crypto_scalarmult_curve25519_base(own.public, own.secret);
    struct avo_slice bound = avo_slice(prologue, hex_field(vector, "init_prologue", prologue));
    struct avo_slice plain = avo_slice(payload, hex_field(vector, "payload", payload));
    struct avo_slice cipher = avo_slice(expected, hex_field(vector, "ciphertext", expected));
    struct avo_writer writer = avo_writer(got, sizeof got);
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    assert_int_equal(avo_wrap(aead, &random.random, own.public, bound, plain, &writer), AVO_OK);
    assert_int_equal(writer.length, plain.length + AVO_WRAP_OVERHEAD_BYTES);
    assert_true(avo_slice_equal(avo_writer_slice(&writer), cipher));
    struct avo_buffer opened = {bytes, 0, sizeof bytes};
    assert_int_equal(avo_unwrap(aead, &own, bound, cipher, &opened), AVO_OK);
    assert_true(avo_slice_equal(avo_buffer_slice(&opened), plain));
}

static void vectors_of_another_implementation(void **state) {
    (void)state;
    size_t i;
    json_t *vector;
    json_t *root = json_load_file(AVOCADO_SOURCE_ROOT "/protocol/channel/vectors/noise_n.json", 0, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "vectors")), 3);
    json_array_foreach(json_object_get(root, "vectors"), i, vector) {
        check_vector(vector);
    }
    json_decref(root);
}

struct wrapped {
    struct avo_prng random;
    struct avo_key_pair own;
    uint8_t bytes[64];
    size_t length;
};

static struct wrapped wrap(void) {
    struct wrapped wrapped = {.random = avo_prng(77)};
    avo_key_pair_make(&wrapped.own, &wrapped.random.random);
    struct avo_writer writer = avo_writer(wrapped.bytes, sizeof wrapped.bytes);
    assert_int_equal(avo_wrap(testing_aead(AVO_AEAD_BEST), &wrapped.random.random, wrapped.own.public, avo_slice_string("p"),
                              avo_slice_string("state"), &writer),
                     AVO_OK);
    wrapped.length = writer.length;
    return wrapped;
}

static enum avo_error unwrap(const struct wrapped *wrapped, size_t length, size_t capacity) {
    uint8_t bytes[64];
    struct avo_buffer plain = {bytes, 7, capacity};
    enum avo_error error =
        avo_unwrap(testing_aead(AVO_AEAD_BEST), &wrapped->own, avo_slice_string("p"), avo_slice(wrapped->bytes, length), &plain);
    assert_int_equal(plain.length, error == AVO_OK ? 5 : 0);
    return error;
}

static void what_was_changed_or_cut_does_not_open(void **state) {
    (void)state;
    struct wrapped wrapped = wrap();
    assert_int_equal(unwrap(&wrapped, wrapped.length, 5), AVO_OK);
    assert_int_equal(unwrap(&wrapped, wrapped.length, 4), AVO_EFORMAT);
    for (size_t i = 0; i < wrapped.length; i++) {
        assert_int_not_equal(unwrap(&wrapped, i, 64), AVO_OK);
        wrapped.bytes[i] ^= i == 31 ? 1 : 0x80; /* X25519 takes no notice of the last bit of a point */
        assert_int_equal(unwrap(&wrapped, wrapped.length, 64), AVO_EAUTH);
        wrapped.bytes[i] ^= i == 31 ? 1 : 0x80;
    }
}

static void another_key_or_prologue_does_not_open(void **state) {
    (void)state;
    struct wrapped wrapped = wrap();
    struct avo_key_pair other;
    uint8_t bytes[64];
    struct avo_buffer plain = {bytes, 0, sizeof bytes};
    struct avo_slice all = avo_slice(wrapped.bytes, wrapped.length);
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    avo_key_pair_make(&other, &wrapped.random.random);
    assert_int_equal(avo_unwrap(aead, &other, avo_slice_string("p"), all, &plain), AVO_EAUTH);
    assert_int_equal(avo_unwrap(aead, &wrapped.own, avo_slice_string("q"), all, &plain), AVO_EAUTH);
}

static void a_key_that_is_none_and_too_little_room_are_refused(void **state) {
    (void)state;
    static const uint8_t none[AVO_PUBLIC_KEY_BYTES];
    struct wrapped wrapped = wrap();
    uint8_t bytes[64];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    assert_int_equal(avo_wrap(aead, &wrapped.random.random, none, AVO_SLICE_EMPTY, AVO_SLICE_EMPTY, &writer), AVO_EAUTH);
    writer = avo_writer(bytes, AVO_WRAP_OVERHEAD_BYTES - 1);
    assert_int_equal(avo_wrap(aead, &wrapped.random.random, wrapped.own.public, AVO_SLICE_EMPTY, AVO_SLICE_EMPTY, &writer),
                     AVO_ESPACE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_another_implementation),
        cmocka_unit_test(what_was_changed_or_cut_does_not_open),
        cmocka_unit_test(another_key_or_prologue_does_not_open),
        cmocka_unit_test(a_key_that_is_none_and_too_little_room_are_refused),
    };
    return cmocka_run_group_tests_name("channel/wrap", tests, NULL, NULL);
}
