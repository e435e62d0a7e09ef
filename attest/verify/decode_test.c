/* Evidence and collateral that came as text: what counts as digits, and what is left alone. */
#include "attest/verify/decode.h"
#include "base/testing.h"

static uint8_t memory[256];
static struct avo_buffer bytes;
static struct avo_reason reason;

typedef enum avo_error (*decoder)(struct avo_buffer *bytes, const char *name, struct avo_reason *reason);

static enum avo_error decode(decoder with, const char *text) {
    memset(memory, 0xee, sizeof memory);
    memset(&reason, 0, sizeof reason);
    bytes = (struct avo_buffer){memory, strlen(text), strlen(text) + 1};
    memcpy(memory, text, bytes.length);
    enum avo_error error = with(&bytes, "name", &reason);
    for (size_t i = strlen(text) + 1; i < sizeof memory; i++) {
        assert_int_equal(memory[i], 0xee); /* nothing beyond the one byte more */
    }
    return error;
}

static void becomes(decoder with, const char *text, const char *hex, size_t length) {
    assert_int_equal(decode(with, text), AVO_OK);
    assert_int_equal(bytes.length, length);
    assert_memory_equal(bytes.data, hex, length);
}

static void stays(decoder with, const char *text) {
    becomes(with, text, text, strlen(text));
}

static void hex_is_read_with_and_without_a_prefix(void **state) {
    (void)state;
    const decoder decoders[] = {avo_decode_hex_text, avo_decode_text};
    for (size_t i = 0; i < AVO_COUNT(decoders); i++) {
        becomes(decoders[i], "00ffAb9C", "\x00\xff\xab\x9c", 4);
        becomes(decoders[i], "0x01fe", "\x01\xfe", 2);
        becomes(decoders[i], " 0a\n\r\t0b ", "\x0a\x0b", 2);
        becomes(decoders[i], "0x 0a\n", "\x0a", 1);
        stays(decoders[i], "");
        stays(decoders[i], "0x");
        stays(decoders[i], "0xzz");
        stays(decoders[i], "-----BEGIN CERTIFICATE-----\n");
        stays(decoders[i], "{\"a\": 1}");
        stays(decoders[i], "-aaa");
    }
    stays(avo_decode_hex_text, "g0");
    stays(avo_decode_hex_text, "q83v");
    bytes = (struct avo_buffer){memory, 3, sizeof memory};
    memcpy(memory, "ab\0", 3); /* a zero is no digit */
    assert_int_equal(avo_decode_hex_text(&bytes, "name", &reason), AVO_OK);
    assert_int_equal(bytes.length, 3);
}

static void half_a_byte_is_a_cut_file(void **state) {
    (void)state;
    assert_int_equal(decode(avo_decode_hex_text, "abc"), AVO_EFORMAT);
    assert_string_equal(reason.text, "name: an odd number of hex digits; the file is cut, get the evidence again");
    assert_int_equal(decode(avo_decode_text, "0xabc"), AVO_EFORMAT);
    assert_int_equal(decode(avo_decode_text, "a"), AVO_EFORMAT);
}

static void base64_is_read_in_both_alphabets(void **state) {
    (void)state;
    becomes(avo_decode_text, "q83v", "\xab\xcd\xef", 3);
    becomes(avo_decode_text, "+/+/", "\xfb\xff\xbf", 3);
    becomes(avo_decode_text, "-_-_", "-_-_", 4); /* a minus in front is PEM's */
    becomes(avo_decode_text, "_-_-", "\xff\xef\xfe", 3);
    becomes(avo_decode_text, "q8\n3v\n", "\xab\xcd\xef", 3);
    becomes(avo_decode_text, "q83vqw==", "\xab\xcd\xef\xab", 4);
    becomes(avo_decode_text, "q83vqw", "\xab\xcd\xef\xab", 4);
    becomes(avo_decode_text, "q83vq80=", "\xab\xcd\xef\xab\xcd", 5);
    becomes(avo_decode_text, "q83vq80", "\xab\xcd\xef\xab\xcd", 5);
    becomes(avo_decode_text, "_w", "\xff", 1); /* one byte of room more than the text has */
}

static void base64_that_does_not_decode_is_a_cut_file(void **state) {
    (void)state;
    static const char *const cut[] = {"q83vq", "q=3v", "q83v=q==", "Z"};
    for (size_t i = 0; i < AVO_COUNT(cut); i++) {
        assert_int_equal(decode(avo_decode_text, cut[i]), AVO_EFORMAT);
        assert_string_equal(reason.text, "name: base64 that does not decode; the file is cut, get the evidence again");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_read_with_and_without_a_prefix),
        cmocka_unit_test(half_a_byte_is_a_cut_file),
        cmocka_unit_test(base64_is_read_in_both_alphabets),
        cmocka_unit_test(base64_that_does_not_decode_is_a_cut_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
