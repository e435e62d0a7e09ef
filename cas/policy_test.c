/* What a policy's numbers may be, each at its limit and beyond; and the users it knows. */
#include "cas/policy.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct avo_cas_policy good(void) {
    struct avo_cas_policy policy = {
        .version = 1, .slot_count = 3, .worker_count = 1, .mtu_bytes = AVO_MTU_DEFAULT_BYTES, .value_max_bytes = 1};
    memset(policy.slot_machine, AVO_CAS_NO_MACHINE, sizeof policy.slot_machine);
    return policy;
}

/* A good policy but for one number is accepted, or refused with what it names. */
#define EXPECT(field, number, refused)                                                                                             \
    do {                                                                                                                           \
        struct avo_cas_policy policy = good();                                                                                     \
        struct avo_text reason = {0};                                                                                              \
        policy.field = number;                                                                                                     \
        const char *why = refused;                                                                                                 \
        assert_int_equal(avo_cas_policy_check(&policy, &reason), why == NULL ? AVO_OK : AVO_EINVAL);                               \
        assert_string_equal(reason.bytes, why == NULL ? "" : why);                                                                 \
    } while (0)

static void every_number_has_its_range(void **state) {
    (void)state;
    EXPECT(version, 1, NULL);
    EXPECT(version, 0, "policy: version is 0: give a number from 1 to 4294967295");
    EXPECT(slot_count, 1, NULL);
    EXPECT(slot_count, 9, NULL);
    EXPECT(slot_count, 0, "policy: the number of nodes is 0: give a number from 1 to 9");
    EXPECT(slot_count, 10, "policy: the number of nodes is 10: give a number from 1 to 9");
    EXPECT(worker_count, 64, NULL);
    EXPECT(worker_count, 0, "policy: the number of workers is 0: give a number from 1 to 64");
    EXPECT(worker_count, 65, "policy: the number of workers is 65: give a number from 1 to 64");
    EXPECT(mtu_bytes, 1280, NULL);
    EXPECT(mtu_bytes, 9000, NULL);
    EXPECT(mtu_bytes, 1279, "policy: the mtu is 1279: give a number from 1280 to 9000");
    EXPECT(mtu_bytes, 9001, "policy: the mtu is 9001: give a number from 1280 to 9000");
    EXPECT(value_max_bytes, 1048576, NULL);
    EXPECT(value_max_bytes, 0, "policy: the largest value is 0: give a number from 1 to 1048576");
    EXPECT(value_max_bytes, 1048577, "policy: the largest value is 1048577: give a number from 1 to 1048576");
    EXPECT(user_count, 64, NULL);
    EXPECT(user_count, 65, "policy: the number of users is 65: give a number from 0 to 64");
    EXPECT(machine_count, 9, NULL);
    EXPECT(machine_count, 10, "policy: the number of machines is 10: give a number from 0 to 9");
    EXPECT(slot_machine[2], 0, "policy: the machine of a slot is 0: give a number from 0 to 0");
    EXPECT(slot_machine[3], 0, NULL); /* no slot of this policy */
}

static void a_slot_names_a_machine_that_there_is(void **state) {
    (void)state;
    struct avo_text reason = {0};
    struct avo_cas_policy policy = good();
    policy.machine_count = 2;
    policy.slot_machine[0] = 1;
    assert_int_equal(avo_cas_policy_check(&policy, &reason), AVO_OK);
    policy.slot_machine[0] = 2;
    assert_int_equal(avo_cas_policy_check(&policy, &reason), AVO_EINVAL);
}

static void a_machine_is_found_by_chip_or_platform_instance(void **state) {
    (void)state;
    struct avo_cas_policy policy = good();
    policy.machine_count = 2;
    policy.machines[0].chip = (struct avo_chip){1, {'a'}};
    policy.machines[1].chip = (struct avo_chip){2, {'a', 'b'}};
    struct avo_attested attested = {.chip = {2, {'a', 'b'}}};
    assert_int_equal(avo_cas_policy_machine(&policy, &attested), 1);
    attested = (struct avo_attested){.platform_instance = {1, {'a'}}};
    assert_int_equal(avo_cas_policy_machine(&policy, &attested), 0);
    attested = (struct avo_attested){.chip = {1, {'c'}}};
    assert_int_equal(avo_cas_policy_machine(&policy, &attested), AVO_CAS_NO_MACHINE);
    policy.machines[0].chip.length = 0; /* no chip at all is nobody's */
    attested = (struct avo_attested){.chip = {0, {0}}};
    assert_int_equal(avo_cas_policy_machine(&policy, &attested), AVO_CAS_NO_MACHINE);
    policy.machine_count = 1;
    attested = (struct avo_attested){.chip = {2, {'a', 'b'}}};
    assert_int_equal(avo_cas_policy_machine(&policy, &attested), AVO_CAS_NO_MACHINE);
}

static void a_key_has_the_rights_of_its_user(void **state) {
    (void)state;
    struct avo_cas_policy policy = good();
    struct avo_slice name;
    const uint8_t owner[AVO_PUBLIC_KEY_BYTES] = {1}, first[AVO_PUBLIC_KEY_BYTES] = {2}, last[AVO_PUBLIC_KEY_BYTES] = {3};
    memcpy(policy.owner, owner, sizeof owner);
    policy.user_count = 2;
    policy.users[0] = (struct avo_cas_user){.name_length = 1, .name = "a", .public_key = {2}, .rights = 1};
    policy.users[1] = (struct avo_cas_user){.name_length = 2, .name = "bb", .public_key = {3}, .rights = 0};
    assert_int_equal(avo_cas_policy_rights(&policy, first, &name), 1);
    assert_true(avo_slice_equal(name, avo_slice_string("a")));
    assert_int_equal(avo_cas_policy_rights(&policy, owner, &name), 0);
    assert_int_equal(name.length, 0);
    assert_true(avo_cas_policy_knows(&policy, owner) && avo_cas_policy_knows(&policy, first));
    assert_false(avo_cas_policy_knows(&policy, last)); /* a user without a right */
    policy.user_count = 0;
    assert_false(avo_cas_policy_knows(&policy, first));
    assert_true(avo_cas_policy_is_owner(&policy, owner) && !avo_cas_policy_is_owner(&policy, first));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_its_range),
        cmocka_unit_test(a_slot_names_a_machine_that_there_is),
        cmocka_unit_test(a_machine_is_found_by_chip_or_platform_instance),
        cmocka_unit_test(a_key_has_the_rights_of_its_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
