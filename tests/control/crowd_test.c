/* Strangers that take every connection of the CAS: a connection that has proven something stays, and a new one gets in. */
#include "tests/control/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OWNER 0
#define STRANGER 1 /* has another key than the policy's */
#define JOINED 2
#define FIRST 3 /* from here on nobody says a word */

struct fixture {
    struct world world;
    struct avo_key_pair owner_key, stranger_key;
    struct user owner, stranger;
    struct node node;
    struct avo_text reason;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct avo_prng random = avo_prng(31);
    avo_key_pair_make(&fixture->owner_key, &random.random);
    avo_key_pair_make(&fixture->stranger_key, &random.random);
    world_open(&fixture->world, 32, &fixture->owner_key);
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    user_connect(&fixture->world, &fixture->stranger, &fixture->stranger_key, STRANGER);
    node_connect(&fixture->world, &fixture->node, 0, JOINED);
    for (uint32_t i = FIRST; i < WORLD_CONNECTIONS; i++) {
        world_connect(&fixture->world, i);
    }
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    node_free(&fixture->node);
    user_free(&fixture->owner);
    user_free(&fixture->stranger);
    world_close(&fixture->world);
    free(fixture);
    return 0;
}

static void upload(struct fixture *fixture) {
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
}

static void crowd(struct fixture *fixture) {
    world_step(&fixture->world, (struct avo_cas_event){.kind = AVO_CAS_CROWDED});
}

static void who_has_proven_something_stays(void **state) {
    struct fixture *fixture = *state;
    upload(fixture);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    crowd(fixture);
    assert_true(fixture->world.closed[STRANGER]); /* a proven key that the policy does not name is no better than none */
    for (uint32_t i = FIRST; i < WORLD_CONNECTIONS; i++) {
        assert_false(fixture->world.closed[i]);
        crowd(fixture);
        assert_true(fixture->world.closed[i]);
    }
    crowd(fixture);
    assert_false(fixture->world.closed[OWNER]);
    assert_false(fixture->world.closed[JOINED]);
    struct avo_genesis_status status;
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    assert_true(status.slots[0].joined);
}

/* To talk on buys nobody another turn, and a connection that takes another's place has one of its own. */
static void the_first_goes_first(void **state) {
    struct fixture *fixture = *state;
    struct avo_genesis_status status;
    upload(fixture);
    assert_int_equal(user_status(&fixture->world, &fixture->stranger, &status, &fixture->reason), AVO_EDENIED);
    crowd(fixture);
    assert_true(fixture->world.closed[STRANGER]);
    world_connect(&fixture->world, STRANGER);
    crowd(fixture);
    assert_false(fixture->world.closed[STRANGER]);
    assert_true(fixture->world.closed[JOINED]); /* it has not joined yet, and tries again */
    crowd(fixture);
    assert_false(fixture->world.closed[STRANGER]);
    assert_true(fixture->world.closed[FIRST]);
}

/* Before there is a policy everybody is a stranger: an enclave that waits as well. */
static void without_a_policy_all_take_turns(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    crowd(fixture);
    assert_true(fixture->world.closed[OWNER]);
    crowd(fixture);
    assert_true(fixture->world.closed[STRANGER]);
    crowd(fixture);
    assert_true(fixture->world.closed[JOINED]);
    assert_false(fixture->world.closed[FIRST]);
}

/* What the owner said first on some connection, as the network saw it. */
static void record(struct fixture *fixture, struct pipe *recorded) {
    static struct avo_dialog dialog;
    recorded->bytes = (struct avo_buffer){recorded->memory, 0, sizeof recorded->memory};
    assert_int_equal(avo_dialog_start(&dialog, fixture->world.aead, &fixture->world.random.random, &fixture->owner_key,
                                      avo_cas_public_key(fixture->world.cas), &recorded->bytes),
                     AVO_OK);
}

/* A replay of the owner's first message opens a session whose keys only the owner can make: it is a stranger until a frame under
 * them came, and has a handshake's time for that. */
static void a_replayed_first_message_proves_nothing(void **state) {
    struct fixture *fixture = *state;
    static struct pipe recorded;
    upload(fixture);
    record(fixture, &recorded);
    for (uint32_t i = FIRST; i < WORLD_CONNECTIONS; i++) {
        world_send(&fixture->world, i, avo_buffer_slice(&recorded.bytes));
        assert_false(fixture->world.closed[i]);
    }
    crowd(fixture); /* the stranger */
    crowd(fixture); /* the enclave that has not joined yet */
    for (uint32_t i = FIRST; i < WORLD_CONNECTIONS; i++) {
        crowd(fixture);
        assert_true(fixture->world.closed[i]);
    }
    assert_false(fixture->world.closed[OWNER]);
    world_connect(&fixture->world, FIRST);
    world_send(&fixture->world, FIRST, avo_buffer_slice(&recorded.bytes));
    world_tick(&fixture->world, AVO_CAS_HANDSHAKE_TIMEOUT_US + 1);
    assert_true(fixture->world.closed[FIRST]);
    assert_false(fixture->world.closed[OWNER]);
}

/* A user of the policy that holds every connection: the first of them makes room, for the owner and for any other that comes. */
static void a_user_with_every_connection_keeps_nobody_out(void **state) {
    struct fixture *fixture = *state;
    struct user users[WORLD_CONNECTIONS];
    fixture->world.policy.user_count = 1;
    fixture->world.policy.users[0].rights = AVO_RIGHT_READ;
    memcpy(fixture->world.policy.users[0].public_key, fixture->stranger_key.public, AVO_PUBLIC_KEY_BYTES);
    upload(fixture);
    for (uint32_t i = FIRST; i < WORLD_CONNECTIONS; i++) {
        user_connect(&fixture->world, &users[i], &fixture->stranger_key, i);
    }
    crowd(fixture);
    assert_true(fixture->world.closed[JOINED]); /* it has proven nothing yet */
    crowd(fixture);
    assert_true(fixture->world.closed[STRANGER]); /* the user's first */
    for (uint32_t i = FIRST; i < WORLD_CONNECTIONS; i++) {
        assert_false(fixture->world.closed[i]);
        crowd(fixture);
        assert_true(fixture->world.closed[i]);
        user_free(&users[i]);
    }
    crowd(fixture);
    assert_false(fixture->world.closed[OWNER]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_has_proven_something_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_goes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_policy_all_take_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_user_with_every_connection_keeps_nobody_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_replayed_first_message_proves_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
