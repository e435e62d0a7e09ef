/* From nothing to a cluster: the CAS, three enclaves and an owner, all production code, in memory [V0, V1, DESIGN 11]. */
#include "cas/state.h"
#include "tests/control/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES 3
#define OWNER 10
#define OTHER 11

struct fixture {
    struct world world;
    struct avo_key_pair owner_key;
    struct user owner;
    struct node nodes[NODES];
    struct avo_text reason;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct avo_prng random = avo_prng(11);
    avo_key_pair_make(&fixture->owner_key, &random.random);
    world_open(&fixture->world, 12, &fixture->owner_key);
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    for (uint8_t i = 0; i < NODES; i++) {
        if (fixture->nodes[i].steward != NULL) {
            node_free(&fixture->nodes[i]);
        }
    }
    user_free(&fixture->owner);
    world_close(&fixture->world);
    free(fixture);
    return 0;
}

static void upload(struct fixture *fixture) {
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
}

static void join_all(struct fixture *fixture) {
    for (uint8_t i = 0; i < NODES; i++) {
        node_connect(&fixture->world, &fixture->nodes[i], i, i);
        assert_int_equal(fixture->nodes[i].steward->phase, AVO_STEWARD_NEED_EVIDENCE);
        assert_int_equal(node_prove(&fixture->world, &fixture->nodes[i]), AVO_STEWARD_WAITING);
    }
}

static void proposed_hash(struct fixture *fixture, uint8_t hash[AVO_HASH_BYTES]) {
    struct avo_genesis_status status;
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    assert_int_equal(status.phase, AVO_GENESIS_PROPOSED);
    assert_true(status.has_view);
    avo_view_hash(&status.view, hash);
}

static void form(struct fixture *fixture, struct avo_view *view) {
    uint8_t hash[AVO_HASH_BYTES];
    upload(fixture);
    join_all(fixture);
    proposed_hash(fixture, hash);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, view, &fixture->reason), AVO_OK);
    for (uint8_t i = 0; i < NODES; i++) {
        assert_int_equal(node_pump(&fixture->world, &fixture->nodes[i]), AVO_STEWARD_MEMBER);
    }
}

static void all_members_learn_the_same_view_and_secret(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES], other[AVO_HASH_BYTES];
    form(fixture, &view);
    avo_view_hash(&view, hash);
    assert_int_equal(view.epoch, 1);
    assert_int_equal(view.member_count, NODES);
    for (uint8_t i = 0; i < NODES; i++) {
        const struct avo_identity *identity = &fixture->nodes[i].steward->identity;
        avo_view_hash(&identity->view, other);
        assert_memory_equal(hash, other, sizeof hash);
        assert_memory_equal(identity->cluster_secret, fixture->nodes[0].steward->identity.cluster_secret, AVO_CLUSTER_SECRET_BYTES);
        assert_memory_equal(identity->cas_sign_public, avo_cas_sign_public_key(fixture->world.cas), AVO_PUBLIC_KEY_BYTES);
        assert_memory_equal(view.members[i].channel_public_key, identity->channel_key.public, AVO_PUBLIC_KEY_BYTES);
        assert_int_equal(view.members[i].incarnation, 1);
        assert_int_equal(view.members[i].role, AVO_ROLE_VOTING);
        assert_true(view.members[i].simulated);
        assert_int_equal(view.members[i].measurement[0], MEASUREMENT_NODE);
    }
    assert_int_equal(fixture->world.persisted, 1);
}

static void a_join_before_the_policy_waits_and_is_asked_again(void **state) {
    struct fixture *fixture = *state;
    uint8_t first_nonce[32];
    node_connect(&fixture->world, &fixture->nodes[0], 0, 0);
    memcpy(first_nonce, fixture->nodes[0].steward->nonce, sizeof first_nonce);
    assert_int_equal(node_prove(&fixture->world, &fixture->nodes[0]), AVO_STEWARD_WAITING);
    upload(fixture);
    assert_int_equal(node_pump(&fixture->world, &fixture->nodes[0]), AVO_STEWARD_NEED_EVIDENCE);
    assert_memory_not_equal(first_nonce, fixture->nodes[0].steward->nonce, sizeof first_nonce);
    assert_int_equal(node_prove(&fixture->world, &fixture->nodes[0]), AVO_STEWARD_WAITING);
    struct avo_genesis_status status;
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    assert_int_equal(status.phase, AVO_GENESIS_GATHERING);
    assert_true(status.slots[0].joined);
    assert_false(status.slots[1].joined);
    assert_false(status.has_view);
}

static void an_approval_needs_all_members_and_the_proposed_hash(void **state) {
    struct fixture *fixture = *state;
    uint8_t hash[AVO_HASH_BYTES] = {0};
    struct avo_view view;
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_EDENIED);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_EDENIED);
    assert_non_null(strstr(fixture->reason.bytes, "slot 0 slot 1 slot 2"));
    join_all(fixture);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_ESTALE);
    assert_int_equal(fixture->world.persisted, 0);
    assert_int_equal(node_pump(&fixture->world, &fixture->nodes[0]), AVO_STEWARD_WAITING);
}

static void an_approval_may_be_asked_for_again(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view, again;
    uint8_t hash[AVO_HASH_BYTES];
    form(fixture, &view);
    avo_view_hash(&view, hash);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &again, &fixture->reason), AVO_OK);
    assert_int_equal(fixture->world.persisted, 1);
    hash[0] ^= 1;
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &again, &fixture->reason), AVO_ESTALE);
}

static void an_enclave_that_leaves_before_approval_frees_its_slot(void **state) {
    struct fixture *fixture = *state;
    uint8_t before[AVO_HASH_BYTES], after[AVO_HASH_BYTES];
    struct avo_view view;
    upload(fixture);
    join_all(fixture);
    proposed_hash(fixture, before);
    world_disconnect(&fixture->world, 1);
    assert_int_equal(node_step(&fixture->nodes[1], (struct avo_steward_event){.type = AVO_STEWARD_CLOSED}), AVO_STEWARD_FAILED);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, before, &view, &fixture->reason), AVO_EDENIED);
    node_free(&fixture->nodes[1]);
    node_connect(&fixture->world, &fixture->nodes[1], 1, 4);
    assert_int_equal(node_prove(&fixture->world, &fixture->nodes[1]), AVO_STEWARD_WAITING);
    proposed_hash(fixture, after);
    assert_memory_not_equal(before, after, sizeof before);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, before, &view, &fixture->reason), AVO_ESTALE);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, after, &view, &fixture->reason), AVO_OK);
    assert_int_equal(node_pump(&fixture->world, &fixture->nodes[1]), AVO_STEWARD_MEMBER);
}

static void a_state_that_cannot_be_written_signs_nothing(void **state) {
    struct fixture *fixture = *state;
    uint8_t hash[AVO_HASH_BYTES];
    struct avo_view view;
    upload(fixture);
    join_all(fixture);
    proposed_hash(fixture, hash);
    fixture->world.persist_fails = true;
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_EIO);
    assert_non_null(strstr(fixture->reason.bytes, "no space"));
    assert_int_equal(node_pump(&fixture->world, &fixture->nodes[0]), AVO_STEWARD_WAITING);
    assert_int_equal(user_view(&fixture->world, &fixture->owner, &view, &fixture->reason), AVO_ENOTFOUND);
    fixture->world.persist_fails = false;
    /* The write may have reached the disk all the same: no other view 1 is ever signed for that cluster id [V0]. */
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_ESTALE);
    proposed_hash(fixture, hash);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_OK);
    assert_int_equal(node_pump(&fixture->world, &fixture->nodes[0]), AVO_STEWARD_MEMBER);
}

/* The CAS signed view 1, and not one enclave got it: each comes again under the key that the view lists, and the cluster id lives.
 */
static void a_view_one_that_nobody_got_is_fetched_again(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES];
    upload(fixture);
    join_all(fixture);
    proposed_hash(fixture, hash);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_OK);
    user_free(&fixture->owner);
    assert_int_equal(world_restart(&fixture->world, &fixture->reason), AVO_OK);
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    for (uint8_t i = 0; i < NODES; i++) {
        struct node *node = &fixture->nodes[i];
        assert_int_equal(node_step(node, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED}), AVO_STEWARD_FAILED);
        node_return(&fixture->world, node, i);
        assert_int_equal(node_prove(&fixture->world, node), AVO_STEWARD_MEMBER);
        assert_memory_equal(node->steward->identity.channel_key.public, view.members[i].channel_public_key, AVO_PUBLIC_KEY_BYTES);
    }
    world_settle(&fixture->world, fixture->nodes, NODES);
    assert_int_equal(user_view(&fixture->world, &fixture->owner, &view, &fixture->reason), AVO_OK);
    assert_int_equal(view.epoch, 1);
}

/* Its connection broke, and the CAS has not seen that yet: the slot is its own all the same. */
static void an_enclave_that_comes_again_keeps_its_slot(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES];
    struct node *node = &fixture->nodes[1];
    upload(fixture);
    join_all(fixture);
    assert_int_equal(node_step(node, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED}), AVO_STEWARD_FAILED);
    node_return(&fixture->world, node, 5);
    assert_int_equal(node_prove(&fixture->world, node), AVO_STEWARD_WAITING);
    assert_true(fixture->world.closed[1]);
    proposed_hash(fixture, hash);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_OK);
    assert_int_equal(node_pump(&fixture->world, node), AVO_STEWARD_MEMBER);
}

/* [V7] Before a majority has answered it gives the view that it has, and nothing that could be out of date. */
static void a_restarted_cas_asks_its_members_and_serves_the_same_cluster(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view, again;
    struct avo_ticket ticket;
    struct node late;
    uint8_t hash[AVO_HASH_BYTES], same[AVO_HASH_BYTES];
    fixture->world.policy.user_count = 1;
    fixture->world.policy.users[0].rights = AVO_RIGHT_READ;
    memcpy(fixture->world.policy.users[0].public_key, fixture->owner_key.public, AVO_PUBLIC_KEY_BYTES);
    form(fixture, &view);
    avo_view_hash(&view, hash);
    uint8_t key[AVO_PUBLIC_KEY_BYTES];
    memcpy(key, avo_cas_public_key(fixture->world.cas), sizeof key);
    user_free(&fixture->owner);
    assert_int_equal(world_restart(&fixture->world, &fixture->reason), AVO_OK);
    assert_memory_equal(key, avo_cas_public_key(fixture->world.cas), sizeof key);
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    assert_int_equal(user_view(&fixture->world, &fixture->owner, &again, &fixture->reason), AVO_OK);
    avo_view_hash(&again, same);
    assert_memory_equal(hash, same, sizeof hash);
    node_connect(&fixture->world, &late, 0, 4);
    assert_int_equal(node_prove(&fixture->world, &late), AVO_STEWARD_FAILED);
    assert_true(late.steward->lost);
    assert_non_null(strstr(late.steward->reason.bytes, "slot 0: the CAS cannot reach a majority of the members of view 1"));
    node_free(&late);
    for (uint8_t i = 0; i < 2; i++) {
        assert_int_equal(user_ticket(&fixture->world, &fixture->owner, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_EQUORUM);
        node_return(&fixture->world, &fixture->nodes[i], i);
    }
    assert_int_equal(user_ticket(&fixture->world, &fixture->owner, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_OK);
    assert_memory_equal(ticket.cluster_id, view.cluster_id, AVO_CLUSTER_ID_BYTES);
}

/* Nodes get the key before there is a policy: a CAS that is started again must still hold it, and be of no cluster [V0]. */
static void a_cas_restarted_before_genesis_keeps_its_keys_and_no_more(void **state) {
    struct fixture *fixture = *state;
    struct avo_buffer saved = {fixture->world.state, 0, sizeof fixture->world.state};
    uint8_t key[AVO_PUBLIC_KEY_BYTES];
    struct avo_view view;
    avo_cas_save(fixture->world.cas, &saved);
    fixture->world.state_length = saved.length;
    memcpy(key, avo_cas_public_key(fixture->world.cas), sizeof key);
    user_free(&fixture->owner);
    assert_int_equal(world_restart(&fixture->world, &fixture->reason), AVO_OK);
    assert_memory_equal(key, avo_cas_public_key(fixture->world.cas), sizeof key);
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    form(fixture, &view);
}

/* [V7] Members showed a view of another policy than this CAS has: it takes that one of its owner, and no other. */
static void a_policy_that_the_cas_lacks_is_taken_again(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view;
    form(fixture, &view);
    struct avo_cas *cas = fixture->world.cas;
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_EDENIED);
    cas->policy_length--;
    avo_cas_follow(cas);
    assert_false(cas->policy_fits);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "polic", &fixture->reason), AVO_EDENIED);
    assert_non_null(strstr(fixture->reason.bytes, "not the one of the newest view"));
    uint32_t persisted = fixture->world.persisted;
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
    assert_true(cas->policy_fits);
    assert_int_equal(fixture->world.persisted, persisted + 1);
    assert_memory_equal(cas->cluster_id, view.cluster_id, AVO_CLUSTER_ID_BYTES);
}

static void a_state_that_was_changed_is_refused_and_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view;
    form(fixture, &view);
    const struct avo_cas *before = fixture->world.cas;
    fixture->world.state[4 + 32 + 64 + 16 + 4] ^= 1; /* the policy's first byte */
    assert_int_not_equal(world_restart(&fixture->world, &fixture->reason), AVO_OK);
    fixture->world.state[4 + 32 + 64 + 16 + 4] ^= 1;
    fixture->world.state[fixture->world.state_length - AVO_PUBLIC_KEY_BYTES - 1] ^= 1; /* the view's signature */
    assert_int_equal(world_restart(&fixture->world, &fixture->reason), AVO_EAUTH);
    fixture->world.state_length--;
    assert_int_equal(world_restart(&fixture->world, &fixture->reason), AVO_EFORMAT);
    assert_ptr_equal(before, fixture->world.cas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_members_learn_the_same_view_and_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(a_join_before_the_policy_waits_and_is_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(an_approval_needs_all_members_and_the_proposed_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(an_approval_may_be_asked_for_again, setup, teardown),
        cmocka_unit_test_setup_teardown(an_enclave_that_leaves_before_approval_frees_its_slot, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_cannot_be_written_signs_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_one_that_nobody_got_is_fetched_again, setup, teardown),
        cmocka_unit_test_setup_teardown(an_enclave_that_comes_again_keeps_its_slot, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restarted_cas_asks_its_members_and_serves_the_same_cluster, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cas_restarted_before_genesis_keeps_its_keys_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(a_policy_that_the_cas_lacks_is_taken_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_was_changed_is_refused_and_changes_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
