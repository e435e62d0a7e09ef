/* The hash of a launch is that of the very bytes that the host hands over: an enclave reports it, and everybody can compute it. */
#include "base/testing.h"
#include "boundary/launch.h"
#include <sodium.h>

static void it_is_the_sha256_of_the_written_launch(void **state) {
    (void)state;
    const struct avo_launch launch = {.slot = 2,
                                      .address = {.port = 4000},
                                      .layout = {.worker_count = 2, .ring = {64, 1504}, .stream_bytes = 4096},
                                      .budget_bytes = 1 << 30};
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES], expected[AVO_HASH_BYTES], hash[AVO_HASH_BYTES] = {0};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_launch_write(&writer, &launch);
    assert_false(writer.failed);
    assert_int_equal(crypto_hash_sha256(expected, bytes, writer.length), 0);
    avo_launch_hash(&launch, hash);
    assert_memory_equal(hash, expected, sizeof hash);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_the_sha256_of_the_written_launch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
