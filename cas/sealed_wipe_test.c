/* The keys of a sealed file leave nothing on the stack of the calls that made or used them. The cipher is the test's own and
 * touches no stack, so that nothing is overwritten by chance before the test looks. */
#include "base/secret.h"
#include "base/testing_stack.h"
#include "cas/sealed_file.h"
#include "protocol/channel/aead_methods.h"
#include "protocol/channel/hkdf.h"
#include <stdio.h>
#include <unistd.h>

#define MAGIC "avocado cas state 1\n"
#define SALT_AT (sizeof MAGIC - 1)

static const uint8_t schedule[32] = {0x5a, 0xc1, 0x02, 0x77, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0x99, 0xab, 0xcd,
                                     0x31, 0x41, 0x59, 0x26, 5, 3, 5, 8, 9, 7, 9, 3, 2, 0x38, 0x46, 0x26};

static struct {
    struct avo_prng random;
    uint8_t key[32];
    uint8_t memory[4096];
    char path[64];
    enum avo_error error;
} it;

/* Where the key's bytes lay, and whether they were wiped there: the frame of the cipher's call may lie over them at once. */
static const void *key_bytes;
static unsigned keys_wiped;

void avo_secret_wipe(void *secret, size_t length) {
    keys_wiped += secret == key_bytes && length == AVO_AEAD_KEY_BYTES;
    explicit_bzero(secret, length);
}

bool avo_secret_equal(const void *a, const void *b, size_t length) {
    return memcmp(a, b, length) == 0;
}

void avo_secret_wipe_stack(void) {
}

static void key_set(const struct avo_aead *aead, struct avo_aead_key *key, const uint8_t *bytes) {
    (void)aead;
    key_bytes = bytes;
    volatile uint8_t *to = (uint8_t *)key; /* byte by byte: what stands in a vector register is saved on the stack by others */
    for (size_t i = 0; i < sizeof schedule; i++) {
        to[i] = schedule[i];
    }
}

static void nothing(const struct avo_aead *aead, const struct avo_aead_key *key, const struct avo_aead_message *message) {
    (void)aead;
    (void)key;
    message->tag[0] = 1;
}

static const struct avo_aead quiet = {.key_set = key_set, .seal = nothing, .open = nothing};

static void run(void *context) {
    const bool *writes = context;
    const struct avo_seal seal = {&quiet, &it.random.random, it.key};
    struct avo_buffer buffer = {it.memory, 0, sizeof it.memory};
    it.error = *writes ? avo_sealed_file_write(&seal, it.path, avo_slice_string("state"), &buffer)
                       : avo_sealed_file_read(&seal, it.path, &buffer);
}

static void assert_nothing_left(const uint8_t *salt) {
    uint8_t prk[AVO_HKDF_HASH_BYTES], key[AVO_AEAD_KEY_BYTES];
    avo_hkdf_extract(prk, avo_slice(salt, AVO_HKDF_HASH_BYTES), AVO_SLICE_OF(it.key));
    avo_hkdf_expand(key, sizeof key, prk, avo_slice_string("avocado cas state v1"));
    assert_false(testing_stack_has(prk, sizeof prk));
    assert_false(testing_stack_has(key, sizeof key));
    assert_false(testing_stack_has(schedule, sizeof schedule));
}

static void neither_a_write_nor_a_read_leaves_a_key(void **state) {
    (void)state;
    bool writes = true;
    (void)snprintf(it.path, sizeof it.path, "/tmp/avocado-seal-wipe-%d", (int)getpid());
    it.random = avo_prng(43);
    avo_random_fill(&it.random.random, it.key, sizeof it.key);
    testing_stack_run(run, &writes);
    assert_int_equal(it.error, AVO_OK);
    assert_int_equal(keys_wiped, 1);
    assert_nothing_left(it.memory + SALT_AT);
    writes = false;
    testing_stack_run(run, &writes);
    (void)unlink(it.path);
    assert_true(it.error == AVO_OK || it.error == AVO_EAUTH); /* the tag is not the cipher's: what matters is what was left */
    assert_int_equal(keys_wiped, 2);
    assert_nothing_left(it.memory + SALT_AT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(neither_a_write_nor_a_read_leaves_a_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
