/* AES-256-GCM against NIST's vectors, both implementations against each other, and every way a message may be forged. */
#include "protocol/channel/aead.h"
#include "protocol/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

struct vector {
    uint8_t key[32], iv[128], plain[256], cipher[256], aad[256], tag[16];
    size_t iv_length, length, aad_length;
};

static void check_seal(const struct vector *vector, enum avo_aead_kind kind) {
    struct avo_aead_key key;
    uint8_t data[256], tag[16];
    struct avo_aead *aead = testing_aead(kind);
    avo_aead_key_set(aead, &key, vector->key);
    memcpy(data, vector->plain, vector->length);
    avo_aead_seal(aead, &key, vector->iv, avo_slice(vector->aad, vector->aad_length), data, vector->length, tag);
    assert_memory_equal(data, vector->cipher, vector->length);
    assert_memory_equal(tag, vector->tag, 16);
}

static void check_open(const struct vector *vector, enum avo_aead_kind kind, bool genuine) {
    static const uint8_t zeros[256];
    struct avo_aead_key key;
    uint8_t data[256];
    struct avo_aead *aead = testing_aead(kind);
    avo_aead_key_set(aead, &key, vector->key);
    memcpy(data, vector->cipher, vector->length);
    struct avo_slice aad = avo_slice(vector->aad, vector->aad_length);
    enum avo_error error = avo_aead_open(aead, &key, vector->iv, aad, data, vector->length, vector->tag);
    assert_int_equal(error, genuine ? AVO_OK : AVO_EAUTH);
    assert_memory_equal(data, genuine ? vector->plain : zeros, vector->length);
}

static void check_vector(const struct vector *vector, bool genuine) {
    for (enum avo_aead_kind kind = AVO_AEAD_IPSEC_MB; kind <= AVO_AEAD_NETTLE; kind++) {
        if (testing_aead(kind) == NULL) {
            continue; /* no AES-NI */
        }
        if (genuine) {
            check_seal(vector, kind);
        }
        check_open(vector, kind, genuine);
    }
}

/* McGrew, Viega: "The Galois/Counter Mode of Operation" (2005), test cases 13, 14 and 16: what a bare clone runs. */
static void paper_vectors(void **state) {
    (void)state;
    struct vector vector = {.iv_length = 12};
    testing_hex("530f8afbc74536b9a963b4f1c4cb738b", vector.tag, 16);
    check_vector(&vector, true);
    vector.length = 16;
    testing_hex("cea7403d4d606b6e074ec5d3baf39d18", vector.cipher, 16);
    testing_hex("d0d1c8a799996bf0265b98b5d48ab919", vector.tag, 16);
    check_vector(&vector, true);
    vector.cipher[3] ^= 1;
    check_vector(&vector, false);
    testing_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", vector.key, 32);
    testing_hex("cafebabefacedbaddecaf888", vector.iv, 12);
    vector.length =
        testing_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5"
                    "aa0de657ba637b39",
                    vector.plain, 256);
    testing_hex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        vector.cipher, 256);
    vector.aad_length = testing_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", vector.aad, 256);
    testing_hex("76fc6ece0f4e1768cddf8853bb2d551b", vector.tag, 16);
    check_vector(&vector, true);
}

static void take_field(struct vector *vector, const struct testing_line *line) {
    if (strcmp(line->name, "Key") == 0) {
        testing_hex(line->value, vector->key, sizeof vector->key);
    } else if (strcmp(line->name, "IV") == 0) {
        vector->iv_length = testing_hex(line->value, vector->iv, sizeof vector->iv);
    } else if (strcmp(line->name, "PT") == 0) {
        vector->length = testing_hex(line->value, vector->plain, sizeof vector->plain);
    } else if (strcmp(line->name, "CT") == 0) {
        vector->length = testing_hex(line->value, vector->cipher, sizeof vector->cipher);
    } else if (strcmp(line->name, "AAD") == 0) {
        vector->aad_length = testing_hex(line->value, vector->aad, sizeof vector->aad);
    }
}

/* In both files a case ends with the line `last` (or FAIL); only 96-bit nonces and 128-bit tags are ours. */
static int run_file(const char *path, const char *last) {
    FILE *file = testing_open(TESTING_NIST_AND_RFC, path);
    static struct testing_line line;
    struct vector vector = {0};
    size_t tag_length = 0;
    int checked_count = 0;
    while (testing_next(file, &line)) {
        bool failing = strcmp(line.name, "FAIL") == 0;
        take_field(&vector, &line);
        if (strcmp(line.name, "Tag") == 0) {
            tag_length = testing_hex(line.value, vector.tag, sizeof vector.tag);
        }
        if ((failing || strcmp(line.name, last) == 0) && vector.iv_length == AVO_NONCE_BYTES && tag_length == AVO_TAG_BYTES) {
            check_vector(&vector, !failing);
            checked_count++;
        }
    }
    fclose(file);
    printf("%s: %d cases\n", path, checked_count);
    return checked_count;
}

static void nist_vectors(void **state) {
    (void)state;
    int sealed_count = run_file("ciphers/AES/GCM/gcmEncryptExtIV256.rsp", "Tag");
    int opened_count = run_file("ciphers/AES/GCM/gcmDecrypt256.rsp", "PT");
    assert_true(sealed_count >= 300);
    assert_true(opened_count >= 300);
}

struct twin {
    struct avo_prng prng;
    uint8_t key[32], nonce[12], aad[100], plain[5000], data[5000], tag[16];
    struct avo_aead_key expanded;
};

static void both_agree(void **state) {
    (void)state;
    struct avo_aead *fast = testing_aead(AVO_AEAD_IPSEC_MB);
    struct avo_aead *portable = testing_aead(AVO_AEAD_NETTLE);
    if (fast == NULL) {
        printf("not counted: no AES-NI\n");
        return;
    }
    static struct twin twin;
    twin.prng = avo_prng(testing_seed());
    for (int i = 0; i < 2000; i++) {
        size_t length = i < 1000 ? (size_t)i : avo_prng_below(&twin.prng, sizeof twin.plain + 1);
        struct avo_slice aad = avo_slice(twin.aad, avo_prng_below(&twin.prng, sizeof twin.aad + 1));
        avo_random_fill(&twin.prng.random, twin.key, offsetof(struct twin, data) - offsetof(struct twin, key));
        memcpy(twin.data, twin.plain, length);
        avo_aead_key_set(fast, &twin.expanded, twin.key);
        avo_aead_seal(fast, &twin.expanded, twin.nonce, aad, twin.data, length, twin.tag);
        avo_aead_key_set(portable, &twin.expanded, twin.key);
        assert_int_equal(avo_aead_open(portable, &twin.expanded, twin.nonce, aad, twin.data, length, twin.tag), AVO_OK);
        assert_memory_equal(twin.data, twin.plain, length);
        avo_aead_seal(portable, &twin.expanded, twin.nonce, aad, twin.data, length, twin.tag);
        avo_aead_key_set(fast, &twin.expanded, twin.key);
        assert_int_equal(avo_aead_open(fast, &twin.expanded, twin.nonce, aad, twin.data, length, twin.tag), AVO_OK);
        assert_memory_equal(twin.data, twin.plain, length);
    }
}

/* One flipped bit in nonce, AAD, ciphertext or tag is refused, and nothing of the plaintext is left. */
static void flipped_bits(void **state) {
    (void)state;
    static const uint8_t zeros[33];
    struct avo_prng prng = avo_prng(testing_seed());
    uint8_t key[32], sealed[12 + 20 + 33 + 16];
    struct avo_aead *aead = testing_aead(AVO_AEAD_BEST);
    struct avo_aead_key expanded;
    avo_random_fill(&prng.random, key, sizeof key);
    avo_random_fill(&prng.random, sealed, sizeof sealed);
    avo_aead_key_set(aead, &expanded, key);
    avo_aead_seal(aead, &expanded, sealed, avo_slice(sealed + 12, 20), sealed + 32, 33, sealed + 65);
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        uint8_t forged[sizeof sealed];
        memcpy(forged, sealed, sizeof sealed);
        forged[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(avo_aead_open(aead, &expanded, forged, avo_slice(forged + 12, 20), forged + 32, 33, forged + 65),
                         AVO_EAUTH);
        assert_memory_equal(forged + 32, zeros, 33);
    }
}

static void small_arena(void **state) {
    (void)state;
    static _Alignas(64) uint8_t memory[1024];
    struct avo_arena arena = avo_arena(memory, 32);
    assert_null(avo_aead_create(&arena, AVO_AEAD_BEST));
    arena = avo_arena(memory, sizeof memory);
    assert_null(avo_aead_create(&arena, AVO_AEAD_IPSEC_MB));
    assert_int_equal(arena.used_bytes, 0);
    struct avo_aead *aead = avo_aead_create(&arena, AVO_AEAD_NETTLE);
    assert_non_null(aead);
    assert_int_equal(avo_aead_kind(aead), AVO_AEAD_NETTLE);
}

static void nonce_order(void **state) {
    (void)state;
    static const uint8_t expected[12] = {0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t nonce[12];
    avo_aead_nonce(nonce, 0x0102030405060708);
    assert_memory_equal(nonce, expected, 12);
}

int main(int argc, char **argv) {
    const struct CMUnitTest published[] = {cmocka_unit_test(nist_vectors)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paper_vectors), cmocka_unit_test(both_agree),  cmocka_unit_test(flipped_bits),
        cmocka_unit_test(small_arena),   cmocka_unit_test(nonce_order),
    };
    if (testing_published(argc, argv)) {
        return cmocka_run_group_tests(published, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
