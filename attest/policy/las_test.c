/* "las": which machine vouches for which slot, and every way to say it wrong. */
#include "attest/policy/policy.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define H16 "00112233445566778899aabbccddeeff"
#define H16B "ff112233445566778899aabbccddeeff"
#define H32 H16 H16
#define H64 H32 H32
#define RULE "{\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"" H32 "\"}]}"
#define ROLES "\"roles\": {\"node\": " RULE ", \"las\": " RULE "}"
#define CLUSTER "\"cluster\": {\"nodes\": 3, \"workers\": 1}"
#define HEAD "{\"version\": 1, " CLUSTER ",\n " ROLES ",\n \"las\": "
#define M1 "{\"name\": \"m1\", \"chip\": \"" H16 "\", \"slots\": [0, 2]}"

static struct avo_policy policy;
static struct avo_reason reason;

static enum avo_error parse(const char *text) {
    memset(&reason, 0, sizeof reason);
    enum avo_error error = avo_policy_parse(avo_slice_string(text), "p.json", &policy, &reason);
    printf("    %s\n", reason.text);
    return error;
}

static void machines_and_their_slots_are_read(void **state) {
    (void)state;
    assert_int_equal(parse(HEAD "{\"required\": true, \"machines\": [" M1 ",\n"
                                "  {\"name\": \"m2\", \"chip\": \"" H64 "\", \"slots\": [1]}]}}"),
                     AVO_OK);
    assert_true(policy.las.given && policy.las.required);
    assert_int_equal(policy.las.machine_count, 2);
    assert_string_equal(policy.las.machine[0].name, "m1");
    assert_int_equal(policy.las.machine[0].slots, 5);
    assert_int_equal(policy.las.machine[0].chip.length, 16);
    assert_int_equal(policy.las.machine[0].chip.bytes[15], 0xff);
    assert_int_equal(policy.las.machine[1].slots, 2);
    assert_int_equal(policy.las.machine[1].chip.length, 64);
    assert_int_equal(policy.las.machine[1].line, 4);
    assert_int_equal(parse("{\"version\": 1, " CLUSTER ", " ROLES "}"), AVO_OK);
    assert_false(policy.las.given);
    assert_int_equal(
        parse(HEAD "{\"required\": true, \"machines\": [{\"name\": \"m1\", \"chip\": \"" H16 "\", \"slots\": [0, 1, 2, 8]}]}}"),
        AVO_OK);
    assert_int_equal(policy.las.machine[0].slots, 0x107);              /* slot 8 is of a node that is added later */
    assert_int_equal(parse(HEAD "{\"machines\": [" M1 "]}}"), AVO_OK); /* slot 1 may run anywhere */
    assert_false(policy.las.required);
}

static const struct {
    const char *text;
    enum avo_error error;
    const char *reason; /* starts so */
} refusals[] = {
    {HEAD "7}", AVO_EFORMAT, "p.json:3: las: must be an object"},
    {HEAD "{}}", AVO_EFORMAT, "p.json:3: las: the key \"machines\" is missing"},
    {HEAD "{\"machines\": []}}", AVO_EINVAL, "p.json:3: las.machines: must be a list of 1 to 15"},
    {HEAD "{\"machines\": [" M1 "],\n\"maschines\": 1}}", AVO_EFORMAT, "p.json:4: las.maschines: unknown key"},
    {HEAD "{\"machines\": [" M1 "],\n\"required\": 1}}", AVO_EFORMAT, "p.json:4: las.required: must be true or"},
    {HEAD "{\"machines\": [\n{\"name\": \"m1\", \"slots\": [0]}]}}", AVO_EFORMAT,
     "p.json:4: las.machines[0]: the key \"chip\" is missing"},
    {HEAD "{\"machines\": [{\"name\": \"\",\n\"chip\": \"" H16 "\", \"slots\": [0]}]}}", AVO_EFORMAT,
     "p.json:3: las.machines[0].name: must be a string"},
    {HEAD "{\"machines\": [{\"name\": \"m1\\r\",\n\"chip\": \"" H16 "\", \"slots\": [0]}]}}", AVO_EFORMAT,
     "p.json:3: las.machines[0].name: must be of printable ASCII"},
    {HEAD "{\"machines\": [{\"name\": \"m1\",\n\"chip\": \"00ff\", \"slots\": [0]}]}}", AVO_EFORMAT,
     "p.json:4: las.machines[0].chip: must be 32"},
    {HEAD "{\"machines\": [{\"name\": \"m1\", \"chip\": \"00000000000000000000000000000000\", \"slots\": [0]}]}}", AVO_EINVAL,
     "p.json:3: las.machines[0].chip: is zero"},
    {HEAD "{\"machines\": [{\"name\": \"m1\", \"chip\": \"" H16 "\", \"slots\": [0,\n\"1\"]}]}}", AVO_EFORMAT,
     "p.json:4: las.machines[0].slots[1]: must be a slot"},
    {HEAD "{\"machines\": [{\"name\": \"m1\", \"chip\": \"" H16 "\", \"slots\": [-1]}]}}", AVO_EFORMAT,
     "p.json:3: las.machines[0].slots[0]: must be a slot"},
    {HEAD "{\"machines\": [{\"name\": \"m1\", \"chip\": \"" H16 "\", \"slots\": [1, 1]}]}}", AVO_EINVAL,
     "p.json:3: las.machines[0].slots[1]: stands here twice"},
    {HEAD "{\"machines\": [{\"name\": \"m1\", \"chip\": \"" H16 "\", \"slots\": []}]}}", AVO_EINVAL,
     "p.json:3: las.machines[0].slots: must be a list of 1"},
    {HEAD "{\"machines\": [" M1 ",\n{\"name\": \"m1\", \"chip\": \"" H16B "\", \"slots\": [1]}]}}", AVO_EINVAL,
     "p.json:4: las.machines[1]: has the name or the chip of a machine above"},
    {HEAD "{\"machines\": [" M1 ",\n{\"name\": \"m2\", \"chip\": \"" H16 "\", \"slots\": [1]}]}}", AVO_EINVAL,
     "p.json:4: las.machines[1]: has the name or the chip"},
    {HEAD "{\"machines\": [" M1 ",\n{\"name\": \"m2\", \"chip\": \"" H16B "\", \"slots\": [2]}]}}", AVO_EINVAL,
     "p.json:4: las.machines[1]: has a slot that a machine above has"},
    {HEAD "{\"machines\": [" M1 "],\n\"required\": true}}", AVO_EINVAL, "p.json:4: las.required: is true, but a slot is pinned"},
    {"{\"version\": 1,\n " ROLES ",\n \"las\": {\"machines\": [" M1 "]}}", AVO_EINVAL, "p.json:3: las: pins slots, but"},
    {"{\"version\": 1, " CLUSTER ",\n\"roles\": {\"node\": " RULE "}, \"las\": {\"machines\": [" M1 "]}}", AVO_EINVAL,
     "p.json:2: las: is given, but roles.las accepts no LAS"},
};

static void what_contradicts_itself_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(refusals); i++) {
        assert_int_equal(parse(refusals[i].text), refusals[i].error);
        assert_int_equal(strncmp(reason.text, refusals[i].reason, strlen(refusals[i].reason)), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_and_their_slots_are_read),
        cmocka_unit_test(what_contradicts_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
