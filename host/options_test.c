/* The command line of avocado-node: what it takes, and one clear line for everything else. */
#include "daemon/address.h"
#include "host/options.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char *const whole[] = {"avocado-node", "--slot", "2",         "--dir", "d",        "--cas", "127.0.0.1:7000",
                              "--cas-key",    KEY,      "--enclave", "e",     "--simcpu", "s"};
#define WHOLE AVO_COUNT(whole)

/* The whole line with `name value` behind it. */
static enum avo_error read_with(char *name, char *value, struct avo_options *options, char *why) {
    char *line[WHOLE + 2];
    memcpy(line, whole, sizeof whole);
    line[WHOLE] = name;
    line[WHOLE + 1] = value;
    return avo_options_read(WHOLE + (value != NULL ? 2 : 1), line, AVO_NODE_PROCESS, false, options, why);
}

static void a_whole_line_is_taken(void **state) {
    (void)state;
    struct avo_options options;
    char why[AVO_SETTINGS_WHY_BYTES];
    char text[AVO_ADDRESS_TEXT_BYTES];
    assert_int_equal(read_with("--port", "7200", &options, why), AVO_OK);
    assert_int_equal(options.slot, 2);
    assert_int_equal(options.workers, 1);
    assert_int_equal(options.cas_key[1], 0x11);
    avo_address_text(&options.cas, text);
    assert_string_equal(text, "127.0.0.1:7000");
    avo_address_text(&options.advertise, text);
    assert_string_equal(text, "127.0.0.1:7200");
    avo_settings_close(&options.settings);
    assert_int_equal(read_with("--bind", "::1", &options, why), AVO_OK);
    avo_address_text(&options.advertise, text);
    assert_string_equal(text, "[::1]:7100");
    avo_settings_close(&options.settings);
}

static void every_mistake_is_named(void **state) {
    (void)state;
    struct avo_options options;
    char *const mistakes[][2] = {
        {"--slot", "9"},
        {"--slot", "-1"},
        {"--slot", ""},
        {"--slot", "1x"},
        {"--port", "65536"},
        {"--port", "0"},
        {"--workers", "65"},
        {"--workers", "0"},
        {"--budget", "7"},
        {"--mtu", "1279"},
        {"--mtu", "99999999999999999999"},
        {"--cas-key", "00"},
        {"--cas-key", KEY "00"},
        {"--cas-key", "zz"},
        {"--cas", "localhost:1"},
        {"--cas", "127.0.0.1"},
        {"--cas", "::1:7000"},
        {"--cas", "1.2.3.4:0"},
        {"--bind", "nowhere"},
        {"--bind", "0.0.0.0"},
        {"--bind", "::"},
        {"--transport", "pigeon"},
        {"--frobnicate", "1"},
        {"--slot", NULL},
    };
    for (size_t i = 0; i < AVO_COUNT(mistakes); i++) {
        char why[AVO_SETTINGS_WHY_BYTES] = "";
        assert_int_equal(read_with(mistakes[i][0], mistakes[i][1], &options, why), AVO_EINVAL);
        avo_settings_close(&options.settings);
        assert_non_null(strstr(why, mistakes[i][0]));
        assert_non_null(strstr(why, ": "));
    }
}

static void what_is_missing_is_named(void **state) {
    (void)state;
    for (size_t gone = 1; gone < WHOLE; gone += 2) {
        if (strcmp(whole[gone], "--enclave") == 0) {
            continue; /* else it is the one beside avocado-node */
        }
        struct avo_options options;
        char why[AVO_SETTINGS_WHY_BYTES] = "";
        char *line[WHOLE];
        size_t count = 0;
        for (size_t i = 0; i < WHOLE; i++) {
            if (i != gone && i != gone + 1) {
                line[count++] = whole[i];
            }
        }
        assert_int_equal(avo_options_read((int)count, line, AVO_NODE_PROCESS, false, &options, why), AVO_EINVAL);
        avo_settings_close(&options.settings);
        assert_non_null(strstr(why, whole[gone]));
    }
}

static void inline_needs_no_enclave_of_its_own(void **state) {
    (void)state;
    struct avo_options options;
    char why[AVO_SETTINGS_WHY_BYTES];
    char *const *line = whole;
    const char *inside[2 * AVO_SETTINGS_MAX_COUNT + 2];
    assert_int_equal(avo_options_read(WHOLE - 4, (char **)(uintptr_t)line, AVO_NODE_INLINE, false, &options, why), AVO_EINVAL);
    avo_settings_close(&options.settings);
    assert_int_equal(avo_options_read(WHOLE - 4, (char **)(uintptr_t)line, AVO_NODE_INLINE, true, &options, why), AVO_OK);
    avo_settings_close(&options.settings);
    char *outside[] = {"avocado-inline", "--slot", "2", "--dir", "d", "--cas", "127.0.0.1:7000", "--cas-key", KEY, "--simcpu", "s"};
    assert_int_equal(avo_options_read(AVO_COUNT(outside), outside, AVO_NODE_INLINE, false, &options, why), AVO_OK);
    size_t count = avo_settings_line(&options.settings, "/bin/avocado-inline", "simcpu", inside); /* all but --simcpu goes inside */
    assert_int_equal(count, 9);
    assert_string_equal(inside[0], "/bin/avocado-inline");
    assert_null(inside[count]);
    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(inside[i], "--simcpu");
    }
    avo_settings_close(&options.settings);
}

static void the_advertised_address_may_have_a_port_of_its_own(void **state) {
    (void)state;
    struct avo_options options;
    char why[AVO_SETTINGS_WHY_BYTES];
    char text[AVO_ADDRESS_TEXT_BYTES];
    const char *const pairs[][2] = {
        {"10.1.2.3", "10.1.2.3:7100"}, {"10.1.2.3:9000", "10.1.2.3:9000"}, {"[fd00::1]:9000", "[fd00::1]:9000"}};
    for (size_t i = 0; i < AVO_COUNT(pairs); i++) {
        assert_int_equal(read_with("--advertise", (char *)(uintptr_t)pairs[i][0], &options, why), AVO_OK);
        avo_address_text(&options.advertise, text);
        assert_string_equal(text, pairs[i][1]);
        assert_int_equal(options.bind.port, 7100);
        avo_settings_close(&options.settings);
    }
    const char *const wrong[] = {"10.1.2.3:65535", "gateway:7100"};
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        assert_int_equal(read_with("--advertise", (char *)(uintptr_t)wrong[i], &options, why), AVO_EINVAL);
        avo_settings_close(&options.settings);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_line_is_taken),
        cmocka_unit_test(every_mistake_is_named),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(inline_needs_no_enclave_of_its_own),
        cmocka_unit_test(the_advertised_address_may_have_a_port_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
