/* Local reports: the MAC against published vectors, then who can check what. */
#include "attest/sim/local_report.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* RFC 4493, section 4: one key, the message's first 0, 16, 40 and 64 bytes. */
static const uint8_t rfc_key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
static const uint8_t rfc_message[64] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73,
                                        0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7,
                                        0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51, 0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4,
                                        0x11, 0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef, 0xf6, 0x9f, 0x24, 0x45,
                                        0xdf, 0x4f, 0x9b, 0x17, 0xad, 0x2b, 0x41, 0x7b, 0xe6, 0x6c, 0x37, 0x10};
static const struct {
    size_t length;
    uint8_t mac[16];
} rfc_vectors[] = {
    {0, {0xbb, 0x1d, 0x69, 0x29, 0xe9, 0x59, 0x37, 0x28, 0x7f, 0xa3, 0x7d, 0x12, 0x9b, 0x75, 0x67, 0x46}},
    {16, {0x07, 0x0a, 0x16, 0xb4, 0x6b, 0x4d, 0x41, 0x44, 0xf7, 0x9b, 0xdd, 0x9d, 0xd0, 0x4a, 0x28, 0x7c}},
    {40, {0xdf, 0xa6, 0x67, 0x47, 0xde, 0x9a, 0xe6, 0x30, 0x30, 0xca, 0x32, 0x61, 0x14, 0x97, 0xc8, 0x27}},
    {64, {0x51, 0xf0, 0xbe, 0xbf, 0x7e, 0x3b, 0x9d, 0x92, 0xfc, 0x49, 0x74, 0x17, 0x79, 0x36, 0x3c, 0xfe}},
};

static void the_mac_is_that_of_rfc_4493(void **state) {
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(rfc_vectors); i++) {
        uint8_t mac[AVO_CMAC_BYTES];
        assert_int_equal(avo_cmac_aes128(rfc_key, avo_slice(rfc_message, rfc_vectors[i].length), mac), AVO_OK);
        assert_memory_equal(mac, rfc_vectors[i].mac, sizeof mac);
    }
}

static const uint8_t seed[AVO_SIM_SEED_BYTES] = {1};
static const uint8_t target[32] = {2};
static const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES] = {3};

static void make(uint8_t bytes[AVO_LOCAL_REPORT_BYTES]) {
    const struct avo_sgx_report body = {.flags = AVO_SGX_FLAG_INIT, .mr_enclave = {4}, .report_data = {5}};
    assert_int_equal(avo_sim_local_report(seed, target, key_id, &body, bytes), AVO_OK);
}

/* As the program measured as `who` on the platform of `own_seed` would: with the key that its CPU gives it. */
static enum avo_error check_as(const uint8_t *own_seed, const uint8_t *who, struct avo_slice bytes) {
    struct avo_local_report report;
    uint8_t key[AVO_CMAC_KEY_BYTES];
    assert_int_equal(avo_local_report_parse(bytes, &report), AVO_OK);
    avo_sim_report_key(own_seed, who, report.key_id, key);
    return avo_local_report_check(&report, key);
}

static void only_the_target_on_the_same_platform_can_check(void **state) {
    (void)state;
    uint8_t bytes[AVO_LOCAL_REPORT_BYTES];
    const uint8_t other_seed[AVO_SIM_SEED_BYTES] = {9}, other_target[32] = {9};
    make(bytes);
    assert_int_equal(check_as(seed, target, AVO_SLICE_OF(bytes)), AVO_OK);
    assert_int_equal(check_as(other_seed, target, AVO_SLICE_OF(bytes)), AVO_EAUTH);
    assert_int_equal(check_as(seed, other_target, AVO_SLICE_OF(bytes)), AVO_EAUTH);
}

static void no_byte_may_change(void **state) {
    (void)state;
    uint8_t bytes[AVO_LOCAL_REPORT_BYTES];
    make(bytes);
    for (size_t at = 0; at < sizeof bytes; at++) {
        bytes[at] ^= 0x10;
        assert_int_equal(check_as(seed, target, AVO_SLICE_OF(bytes)), AVO_EAUTH);
        bytes[at] ^= 0x10;
    }
    assert_int_equal(check_as(seed, target, AVO_SLICE_OF(bytes)), AVO_OK);
}

static void it_has_one_length(void **state) {
    (void)state;
    uint8_t bytes[AVO_LOCAL_REPORT_BYTES + 1] = {0};
    struct avo_local_report report;
    for (size_t length = 0; length <= sizeof bytes; length++) {
        enum avo_error expected = length == AVO_LOCAL_REPORT_BYTES ? AVO_OK : AVO_EFORMAT;
        assert_int_equal(avo_local_report_parse(avo_slice(bytes, length), &report), expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mac_is_that_of_rfc_4493),
        cmocka_unit_test(only_the_target_on_the_same_platform_can_check),
        cmocka_unit_test(no_byte_may_change),
        cmocka_unit_test(it_has_one_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
