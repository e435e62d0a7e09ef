/* Who gets a ticket, and for what: users[] of the policy, and nothing else [DESIGN 11.4]. */
#include "tests/control/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OWNER 10
#define OTHER 11

struct fixture {
    struct world world;
    struct avo_key_pair owner_key;
    struct user owner;
    struct node node;
    struct avo_view view;
    struct avo_text reason;
};

/* A CAS without a policy; the policy to come is of one node, and of no users yet. */
static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct avo_prng random = avo_prng(31);
    avo_key_pair_make(&fixture->owner_key, &random.random);
    world_open(&fixture->world, 32, &fixture->owner_key);
    fixture->world.policy.slot_count = 1;
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    node_free(&fixture->node);
    user_free(&fixture->owner);
    world_close(&fixture->world);
    free(fixture);
    return 0;
}

static void form(struct fixture *fixture) {
    struct avo_genesis_status status;
    uint8_t hash[AVO_HASH_BYTES];
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
    node_connect(&fixture->world, &fixture->node, 0, 0);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    avo_view_hash(&status.view, hash);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &fixture->view, &fixture->reason), AVO_OK);
}

/* One user of the policy, who may read. */
static void grant_reading(struct fixture *fixture, const struct avo_key_pair *key, const char *name) {
    struct avo_cas_policy *policy = &fixture->world.policy;
    struct avo_cas_user *user = &policy->users[policy->user_count++];
    *user = (struct avo_cas_user){.name_length = (uint8_t)strlen(name), .rights = AVO_RIGHT_READ};
    memcpy(user->name, name, user->name_length);
    memcpy(user->public_key, key->public, sizeof user->public_key);
}

static void tickets_follow_the_policy(void **state) {
    struct fixture *fixture = *state;
    struct avo_key_pair reader_key, stranger_key;
    struct user reader, stranger;
    struct avo_ticket ticket;
    world_key(&fixture->world, &reader_key);
    world_key(&fixture->world, &stranger_key);
    grant_reading(fixture, &reader_key, "ann");
    assert_int_equal(user_ticket(&fixture->world, &fixture->owner, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_EDENIED);
    form(fixture);

    user_connect(&fixture->world, &reader, &reader_key, OTHER);
    assert_int_equal(user_ticket(&fixture->world, &reader, AVO_RIGHT_READ | AVO_RIGHT_WRITE, &ticket, &fixture->reason), AVO_OK);
    assert_int_equal(ticket.rights, AVO_RIGHT_READ);
    assert_int_equal(ticket.expires_s, WORLD_NOW_S + AVO_TICKET_LIFETIME_S);
    assert_int_equal(ticket.policy_version, 1);
    assert_int_equal(avo_ticket_admits(&ticket, fixture->view.cluster_id, 1, WORLD_NOW_S, reader_key.public), AVO_OK);
    assert_memory_equal(ticket.name, "ann", 3);
    assert_int_equal(user_ticket(&fixture->world, &reader, AVO_RIGHT_WRITE, &ticket, &fixture->reason), AVO_EDENIED);
    user_free(&reader);

    user_connect(&fixture->world, &stranger, &stranger_key, OTHER);
    assert_int_equal(user_ticket(&fixture->world, &stranger, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_EDENIED);
    assert_int_equal(user_view(&fixture->world, &stranger, &fixture->view, &fixture->reason), AVO_EDENIED);
    user_free(&stranger);
}

/* Who holds the owner's key makes the policy, and then has what it says: for itself and for any key it might name. */
static void the_owner_has_no_ticket_that_the_policy_does_not_grant(void **state) {
    struct fixture *fixture = *state;
    struct avo_key_pair reader_key;
    struct avo_genesis_status status;
    struct avo_ticket ticket;
    world_key(&fixture->world, &reader_key);
    grant_reading(fixture, &reader_key, "ann");
    form(fixture);
    assert_int_equal(user_ticket(&fixture->world, &fixture->owner, 0xff, &ticket, &fixture->reason), AVO_EDENIED);
    assert_non_null(strstr(fixture->reason.bytes, "the owner's key gets none"));
    const struct avo_key_pair own = fixture->owner.key;
    fixture->owner.key = reader_key; /* the key it asks for; who asks was proven before */
    assert_int_equal(user_ticket(&fixture->world, &fixture->owner, 0xff, &ticket, &fixture->reason), AVO_EDENIED);
    fixture->owner.key = own;
    assert_int_equal(user_view(&fixture->world, &fixture->owner, &fixture->view, &fixture->reason), AVO_OK);
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
}

static void an_owner_among_the_users_has_their_rights_and_name(void **state) {
    struct fixture *fixture = *state;
    struct avo_ticket ticket;
    grant_reading(fixture, &fixture->owner_key, "eve");
    form(fixture);
    assert_int_equal(user_ticket(&fixture->world, &fixture->owner, 0xff, &ticket, &fixture->reason), AVO_OK);
    assert_int_equal(ticket.rights, AVO_RIGHT_READ);
    assert_int_equal(ticket.name_length, 3);
    assert_memory_equal(ticket.name, "eve", 3);
}

/* A user asks again, with nothing of the old ticket: when that has ended for long, and when it was never there. */
static void a_ticket_is_renewed_after_its_end_too(void **state) {
    struct fixture *fixture = *state;
    struct avo_ticket first, second;
    struct avo_key_pair key;
    struct user user;
    world_key(&fixture->world, &key);
    grant_reading(fixture, &key, "ann");
    form(fixture);
    user_connect(&fixture->world, &user, &key, OTHER);
    assert_int_equal(user_ticket(&fixture->world, &user, AVO_RIGHT_READ, &first, &fixture->reason), AVO_OK);
    fixture->world.now_s += 365ULL * 24 * 3600;
    assert_true(avo_ticket_ended(&first, 1, fixture->world.now_s));
    assert_int_equal(user_ticket(&fixture->world, &user, AVO_RIGHT_READ, &second, &fixture->reason), AVO_OK);
    assert_int_equal(second.expires_s, fixture->world.now_s + AVO_TICKET_LIFETIME_S);
    assert_true(avo_ticket_newer(&second, &first));
    fixture->world.now_s -= 366ULL * 24 * 3600; /* a clock that went back gives one that ends earlier, and no error */
    assert_int_equal(user_ticket(&fixture->world, &user, AVO_RIGHT_READ, &second, &fixture->reason), AVO_OK);
    assert_false(avo_ticket_newer(&second, &first));
    user_free(&user);
}

/* The policy decides at every renewal; what the ticket in hand says counts for nothing. */
static void a_user_that_the_policy_no_longer_lists_renews_nothing(void **state) {
    struct fixture *fixture = *state;
    struct avo_ticket ticket;
    struct avo_key_pair key;
    struct user user;
    world_key(&fixture->world, &key);
    grant_reading(fixture, &key, "ann");
    form(fixture);
    user_connect(&fixture->world, &user, &key, OTHER);
    assert_int_equal(user_ticket(&fixture->world, &user, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_OK);
    user_free(&user);
    fixture->world.policy.user_count = 0;
    world_settle(&fixture->world, &fixture->node, 1);
    assert_int_equal(world_restart(&fixture->world, &fixture->reason), AVO_OK);
    node_return(&fixture->world, &fixture->node, 0);
    user_connect(&fixture->world, &user, &key, OTHER);
    assert_int_equal(user_ticket(&fixture->world, &user, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_EDENIED);
    user_free(&user);
}

/* Who has the bytes of a ticket and not its key cannot prove the key: it asks as itself, and the policy does not know it. */
static void a_stolen_ticket_renews_nothing_without_its_key(void **state) {
    struct fixture *fixture = *state;
    struct avo_ticket ticket;
    struct avo_key_pair key, thief_key;
    struct user thief;
    world_key(&fixture->world, &key);
    world_key(&fixture->world, &thief_key);
    grant_reading(fixture, &key, "ann");
    form(fixture);
    user_connect(&fixture->world, &thief, &thief_key, OTHER);
    memcpy(thief.key.public, key.public, sizeof key.public); /* it asks for the key that the ticket names */
    assert_int_equal(user_ticket(&fixture->world, &thief, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_EDENIED);
    user_free(&thief);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tickets_follow_the_policy, setup, teardown),
        cmocka_unit_test_setup_teardown(the_owner_has_no_ticket_that_the_policy_does_not_grant, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ticket_is_renewed_after_its_end_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_user_that_the_policy_no_longer_lists_renews_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stolen_ticket_renews_nothing_without_its_key, setup, teardown),
        cmocka_unit_test_setup_teardown(an_owner_among_the_users_has_their_rights_and_name, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
