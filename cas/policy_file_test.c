/* What of the policy's file reaches the CAS, and what it cannot serve. */
#include "base/right.h"
#include "cas/policy_file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define H16 "00112233445566778899aabbccddeeff"
#define H16B "ff112233445566778899aabbccddee00"
#define H32 H16 H16
#define H32B H16B H16B
#define RULE "{\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"" H32 "\"}]}"
#define HEAD "{\"version\": 1, \"roles\": {\"node\": " RULE ", \"las\": " RULE "},\n "
#define CLUSTER "\"cluster\": {\"nodes\": 5, \"workers\": 2, \"value_bytes_max\": 4096, \"mtu\": 1500},\n "
#define OWNER "\"owner\": \"" H32 "\""
#define NAME32 "a-name-of-32-bytes-in-all-its-le"
#define USER(name, key, rights) "{\"name\": \"" name "\", \"public_key\": \"" key "\", \"rights\": [" rights "]}"

static struct avo_cas_policy policy;
static struct avo_text reason;

static enum avo_error read_text(const char *text) {
    const struct avo_cas_policy_reader reader = avo_cas_policy_file("policy.json");
    memset(&policy, 0xff, sizeof policy);
    avo_text_clear(&reason);
    return reader.read(reader.context, avo_slice_string(text), &policy, &reason);
}

static void the_cluster_and_its_owner_are_taken(void **state) {
    (void)state;
    assert_int_equal(read_text(HEAD CLUSTER OWNER "}"), AVO_OK);
    assert_true(policy.version == 1 && policy.slot_count == 5 && policy.worker_count == 2);
    assert_true(policy.mtu_bytes == 1500 && policy.value_max_bytes == 4096);
    assert_true(policy.owner[0] == 0x00 && policy.owner[1] == 0x11 && policy.owner[31] == 0xff);
    assert_true(policy.user_count == 0 && policy.machine_count == 0 && !policy.las_required);
    for (size_t i = 0; i < AVO_COUNT(policy.slot_machine); i++) {
        assert_int_equal(policy.slot_machine[i], AVO_CAS_NO_MACHINE);
    }
    assert_int_equal(avo_cas_policy_check(&policy, &reason), AVO_OK);
}

static void users_are_taken_with_their_rights(void **state) {
    (void)state;
    assert_int_equal(read_text(HEAD CLUSTER OWNER ",\n \"users\": [" USER("alice", H32, "\"read\"") ", " USER(
                         NAME32, H32B, "\"read\", \"write\"") "]}"),
                     AVO_OK);
    assert_int_equal(policy.user_count, 2);
    assert_true(policy.users[0].name_length == 5 && memcmp(policy.users[0].name, "alice", 5) == 0);
    assert_true(policy.users[0].rights == AVO_RIGHT_READ && policy.users[0].public_key[31] == 0xff);
    assert_true(policy.users[1].name_length == 32 && memcmp(policy.users[1].name, NAME32, 32) == 0);
    assert_true(policy.users[1].rights == (AVO_RIGHT_READ | AVO_RIGHT_WRITE) && policy.users[1].public_key[0] == 0xff);
}

/* Which slots stand at which machine decides whose voucher counts. */
static void machines_and_their_slots_are_taken(void **state) {
    (void)state;
    assert_int_equal(read_text(HEAD CLUSTER OWNER ",\n \"las\": {\"required\": true, \"machines\": [\n"
                                                  "{\"name\": \"m1\", \"chip\": \"" H16 "\", \"slots\": [0, 2, 3]},\n"
                                                  "{\"name\": \"m2\", \"chip\": \"" H32 H32 "\", \"slots\": [1, 4]}]}}"),
                     AVO_OK);
    static const uint8_t machine_of[] = {0, 1, 0, 0, 1, 255, 255, 255, 255};
    assert_true(policy.las_required && policy.machine_count == 2);
    assert_memory_equal(policy.slot_machine, machine_of, sizeof machine_of);
    assert_string_equal(policy.machines[0].name, "m1");
    assert_true(policy.machines[0].chip.length == 16 && policy.machines[0].chip.bytes[15] == 0xff);
    assert_string_equal(policy.machines[1].name, "m2");
    assert_true(policy.machines[1].chip.length == 64 && policy.machines[1].chip.bytes[63] == 0xff);
}

static void what_it_cannot_serve_is_refused_with_what_to_do(void **state) {
    (void)state;
    static const struct {
        const char *text, *reason;
    } wrong[] = {
        {HEAD OWNER "}", "policy.json: it describes no cluster: add \"cluster\" with nodes and workers"},
        {HEAD "\"cluster\": {\"nodes\": 3, \"workers\": 1}}",
         "policy.json: it names no owner: add \"owner\" with the owner's public key"},
        {HEAD "\"cluster\": {\"nodes\": 10, \"workers\": 1}, " OWNER "}",
         "policy.json: cluster.nodes: at most 9 nodes hold a key in this version: lower it"},
        {HEAD CLUSTER OWNER ", \"users\": [" USER(NAME32 "n", H32, "\"read\"") "]}",
         "policy.json: users: " NAME32 "n: a name has at most 32 bytes: shorten it"},
    };
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        assert_int_equal(read_text(wrong[i].text), AVO_EINVAL);
        assert_string_equal(reason.bytes, wrong[i].reason);
    }
    assert_int_equal(read_text(HEAD "\"cluster\": {\"nodes\": 9, \"workers\": 1}, " OWNER "}"), AVO_OK);
    assert_int_equal(policy.slot_count, 9);
}

static void what_is_no_policy_is_refused_with_its_line(void **state) {
    (void)state;
    assert_int_equal(read_text(HEAD CLUSTER "\"unknown\": 1, " OWNER "}"), AVO_EFORMAT);
    assert_string_equal(reason.bytes, "policy.json:3: unknown: unknown key");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cluster_and_its_owner_are_taken),
        cmocka_unit_test(users_are_taken_with_their_rights),
        cmocka_unit_test(machines_and_their_slots_are_taken),
        cmocka_unit_test(what_it_cannot_serve_is_refused_with_what_to_do),
        cmocka_unit_test(what_is_no_policy_is_refused_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
