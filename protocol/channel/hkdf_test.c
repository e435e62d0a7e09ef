/* HKDF against RFC 5869, X25519 against RFC 7748: the primitives every key of ours goes through. */
#include "protocol/channel/hkdf.h"
#include "protocol/testing.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

struct vector {
    uint8_t input[128], salt[128], info[128], prk[32], output[128];
    size_t input_length, salt_length, info_length, output_length;
};

static void check(const struct vector *vector) {
    uint8_t prk[32], output[128];
    avo_hkdf_extract(prk, avo_slice(vector->salt, vector->salt_length), avo_slice(vector->input, vector->input_length));
    assert_memory_equal(prk, vector->prk, 32);
    avo_hkdf_expand(output, vector->output_length, prk, avo_slice(vector->info, vector->info_length));
    assert_memory_equal(output, vector->output, vector->output_length);
}

/* RFC 5869, A.1: what a bare clone runs. */
static void first_case(void **state) {
    (void)state;
    struct vector vector;
    vector.input_length = testing_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", vector.input, 128);
    vector.salt_length = testing_hex("000102030405060708090a0b0c", vector.salt, 128);
    vector.info_length = testing_hex("f0f1f2f3f4f5f6f7f8f9", vector.info, 128);
    testing_hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", vector.prk, 32);
    vector.output_length =
        testing_hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", vector.output, 128);
    check(&vector);
}

static void take_field(struct vector *vector, const struct testing_line *line) {
    if (strcmp(line->name, "IKM") == 0) {
        vector->input_length = testing_hex(line->value, vector->input, 128);
    } else if (strcmp(line->name, "salt") == 0) {
        vector->salt_length = testing_hex(line->value, vector->salt, 128);
    } else if (strcmp(line->name, "info") == 0) {
        vector->info_length = testing_hex(line->value, vector->info, 128);
    } else if (strcmp(line->name, "PRK") == 0) {
        testing_hex(line->value, vector->prk, 32);
    } else if (strcmp(line->name, "OKM") == 0) {
        vector->output_length = testing_hex(line->value, vector->output, 128);
    }
}

static void rfc_5869(void **state) {
    (void)state;
    FILE *file = testing_open(TESTING_NIST_AND_RFC, "KDF/rfc-5869-HKDF-SHA256.txt");
    static struct testing_line line;
    struct vector vector = {0};
    int checked_count = 0;
    while (testing_next(file, &line)) {
        take_field(&vector, &line);
        if (strcmp(line.name, "OKM") == 0) {
            check(&vector);
            checked_count++;
            vector = (struct vector){0};
        }
    }
    fclose(file);
    assert_int_equal(checked_count, 3);
}

/* Where the input key is the salt's memory, as in Noise's chaining key. */
static void extract_in_place(void **state) {
    (void)state;
    uint8_t chaining_key[32] = {1, 2, 3}, expected[32];
    const uint8_t input[5] = {9, 8, 7, 6, 5};
    avo_hkdf_extract(expected, AVO_SLICE_OF(chaining_key), AVO_SLICE_OF(input));
    avo_hkdf_extract(chaining_key, AVO_SLICE_OF(chaining_key), AVO_SLICE_OF(input));
    assert_memory_equal(chaining_key, expected, 32);
}

static void scalar_multiplication(const char *scalar_hex, const char *point_hex, const char *result_hex) {
    uint8_t scalar[32], point[32], expected[32], result[32];
    testing_hex(scalar_hex, scalar, 32);
    testing_hex(point_hex, point, 32);
    testing_hex(result_hex, expected, 32);
    assert_int_equal(crypto_scalarmult_curve25519(result, scalar, point), 0);
    assert_memory_equal(result, expected, 32);
}

/* RFC 7748, 5.2: two multiplications, then a thousand that feed each other. */
static void rfc_7748(void **state) {
    (void)state;
    scalar_multiplication("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                          "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                          "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    scalar_multiplication("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                          "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                          "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
    uint8_t k[32] = {9}, u[32] = {9}, result[32], expected[32];
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(crypto_scalarmult_curve25519(result, k, u), 0);
        memcpy(u, k, 32);
        memcpy(k, result, 32);
    }
    testing_hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", expected, 32);
    assert_memory_equal(k, expected, 32);
}

int main(int argc, char **argv) {
    const struct CMUnitTest published[] = {cmocka_unit_test(rfc_5869)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_case),
        cmocka_unit_test(extract_in_place),
        cmocka_unit_test(rfc_7748),
    };
    if (testing_published(argc, argv)) {
        return cmocka_run_group_tests(published, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
