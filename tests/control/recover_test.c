/* A CAS that is lost, and another that takes over by its wrapped state and the owner's key [DESIGN 11.5]; and an owner that gives a
 * cluster up [V8]. */
#include "cas/recovery.h"
#include "cas/state.h"
#include "tests/control/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES 3
#define OWNER 10

struct fixture {
    struct world lost, next;
    struct avo_key_pair owner_key, recovery_key;
    struct user owner, asker; /* of the lost one, of the next */
    struct node nodes[NODES];
    struct avo_text reason;
    struct avo_view view;
    uint8_t memory[AVO_RECOVERY_MAX_BYTES];
    struct avo_buffer file;
    struct avo_recover recover;
};

static void wrap(struct fixture *fixture, const uint8_t *recovery_public, struct avo_slice state) {
    fixture->file = (struct avo_buffer){fixture->memory, 0, sizeof fixture->memory};
    assert_int_equal(avo_recovery_wrap(fixture->lost.aead, &fixture->lost.random.random, recovery_public, state, &fixture->file),
                     AVO_OK);
    fixture->recover.wrapped = avo_buffer_slice(&fixture->file);
}

static void form(struct fixture *fixture, struct world *world, struct user *owner) {
    struct avo_genesis_status status;
    uint8_t hash[AVO_HASH_BYTES];
    for (uint8_t i = 0; i < NODES; i++) {
        node_connect(world, &fixture->nodes[i], i, i);
        assert_int_equal(node_prove(world, &fixture->nodes[i]), AVO_STEWARD_WAITING);
    }
    assert_int_equal(user_status(world, owner, &status, &fixture->reason), AVO_OK);
    avo_view_hash(&status.view, hash);
    assert_int_equal(user_approve(world, owner, hash, &fixture->view, &fixture->reason), AVO_OK);
    for (uint8_t i = 0; i < NODES; i++) {
        assert_int_equal(node_pump(world, &fixture->nodes[i]), AVO_STEWARD_MEMBER);
    }
}

static int setup(void **state) {
    struct fixture *fixture = world_zeroed(sizeof *fixture);
    struct avo_prng random = avo_prng(91);
    avo_key_pair_make(&fixture->owner_key, &random.random);
    avo_key_pair_make(&fixture->recovery_key, &random.random);
    world_open(&fixture->lost, 92, &fixture->owner_key);
    world_open(&fixture->next, 93, &fixture->owner_key);
    struct world *lost = &fixture->lost;
    memcpy(lost->cas->recovery_public, fixture->recovery_key.public, AVO_PUBLIC_KEY_BYTES);
    lost->policy.user_count = fixture->next.policy.user_count = 1;
    lost->policy.users[0].rights = AVO_RIGHT_READ;
    memcpy(lost->policy.users[0].public_key, fixture->owner_key.public, AVO_PUBLIC_KEY_BYTES);
    fixture->next.policy.users[0] = lost->policy.users[0];
    user_connect(lost, &fixture->owner, &fixture->owner_key, OWNER);
    assert_int_equal(user_attest(lost, &fixture->owner, &fixture->reason), AVO_OK);
    assert_memory_equal(fixture->owner.dialog->recovery_public, fixture->recovery_key.public, AVO_PUBLIC_KEY_BYTES);
    assert_int_equal(user_upload(lost, &fixture->owner, "policy", &fixture->reason), AVO_OK);
    form(fixture, lost, &fixture->owner);
    user_connect(&fixture->next, &fixture->asker, &fixture->owner_key, OWNER);
    memcpy(fixture->recover.secret, fixture->recovery_key.secret, AVO_SECRET_KEY_BYTES);
    memcpy(fixture->recover.cas_public, avo_cas_public_key(lost->cas), AVO_PUBLIC_KEY_BYTES);
    memcpy(fixture->recover.cluster_id, fixture->view.cluster_id, AVO_CLUSTER_ID_BYTES);
    wrap(fixture, fixture->recovery_key.public, avo_slice(lost->state, lost->state_length));
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    for (uint8_t i = 0; i < NODES; i++) {
        node_free(&fixture->nodes[i]);
    }
    user_free(&fixture->owner);
    user_free(&fixture->asker);
    world_close(&fixture->lost);
    world_close(&fixture->next);
    free(fixture);
    return 0;
}

static enum avo_error recover(struct fixture *fixture) {
    struct user *asker = &fixture->asker;
    assert_int_equal(user_attest(&fixture->next, asker, &fixture->reason), AVO_OK);
    assert_int_equal(avo_dialog_ask_recover(asker->dialog, &fixture->recover, &asker->out.bytes), AVO_OK);
    return avo_dialog_done_check(user_call(&fixture->next, asker), &fixture->reason);
}

static void a_new_cas_is_the_lost_one_under_its_keys(void **state) {
    struct fixture *fixture = *state;
    struct world *next = &fixture->next;
    struct avo_ticket ticket;
    struct avo_view view;
    assert_int_equal(recover(fixture), AVO_OK);
    assert_int_equal(next->persisted, 1);
    assert_memory_equal(avo_cas_public_key(next->cas), avo_cas_public_key(fixture->lost.cas), AVO_PUBLIC_KEY_BYTES);
    assert_memory_equal(avo_cas_recovery_public(next->cas), fixture->recovery_key.public, AVO_PUBLIC_KEY_BYTES);
    assert_true(next->closed[OWNER]); /* it came to a CAS of other keys */
    user_free(&fixture->asker);
    user_connect(next, &fixture->asker, &fixture->owner_key, OWNER);
    assert_int_equal(user_view(next, &fixture->asker, &view, &fixture->reason), AVO_OK);
    assert_memory_equal(view.cluster_id, fixture->view.cluster_id, AVO_CLUSTER_ID_BYTES);
    for (uint8_t i = 0; i < 2; i++) { /* [V7] as after every start */
        assert_int_equal(user_ticket(next, &fixture->asker, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_EQUORUM);
        node_return(next, &fixture->nodes[i], i);
    }
    assert_int_equal(user_ticket(next, &fixture->asker, AVO_RIGHT_READ, &ticket, &fixture->reason), AVO_OK);
}

/* Refused for `error` with `text`, and nothing changed. */
static void refused(struct fixture *fixture, enum avo_error error, const char *text) {
    const struct avo_cas *cas = fixture->next.cas;
    uint8_t key[AVO_PUBLIC_KEY_BYTES];
    memcpy(key, avo_cas_public_key(cas), sizeof key);
    assert_int_equal(recover(fixture), error);
    assert_non_null(strstr(fixture->reason.bytes, text));
    assert_memory_equal(key, avo_cas_public_key(cas), sizeof key);
    assert_int_equal(cas->phase, AVO_CAS_NO_POLICY);
    assert_false(cas->recovering);
    assert_int_equal(fixture->next.persisted, fixture->next.persist_fails ? 1 : 0);
}

static void a_file_that_was_changed_or_cut_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct avo_slice whole = fixture->recover.wrapped;
    for (size_t i = 0; i < whole.length; i += i < 80 ? 9 : 171) {
        fixture->memory[i] ^= 1;
        bool header = i < sizeof AVO_RECOVERY_MAGIC - 1, key = !header && i < AVO_RECOVERY_HEADER_BYTES;
        refused(fixture, header ? AVO_EFORMAT : key ? AVO_EDENIED : AVO_EAUTH, "give ");
        fixture->memory[i] ^= 1;
        fixture->recover.wrapped.length = i == 0 ? 1 : i;
        refused(fixture, i < AVO_RECOVERY_HEADER_BYTES + 48 ? AVO_EFORMAT : AVO_EAUTH, "give another copy");
        fixture->recover.wrapped = whole;
    }
    assert_int_equal(recover(fixture), AVO_OK);
}

static void another_key_cluster_or_cas_is_refused(void **state) {
    struct fixture *fixture = *state;
    fixture->recover.secret[5] ^= 1;
    refused(fixture, AVO_EDENIED, "wrapped for another recovery key");
    fixture->recover.secret[5] ^= 1;
    fixture->recover.cluster_id[5] ^= 1;
    refused(fixture, AVO_EDENIED, "of another CAS or cluster");
    fixture->recover.cluster_id[5] ^= 1;
    fixture->recover.cas_public[5] ^= 1;
    refused(fixture, AVO_EDENIED, "of another CAS or cluster");
    fixture->recover.cas_public[5] ^= 1;
    fixture->lost.state[fixture->lost.state_length - 1] ^= 1; /* the recovery key that the state names */
    wrap(fixture, fixture->recovery_key.public, avo_slice(fixture->lost.state, fixture->lost.state_length));
    refused(fixture, AVO_EDENIED, "names another recovery key");
}

/* A host that wraps what it likes for the owner's public key lacks the secret of the pinned CAS. */
static void a_state_of_a_hosts_making_is_refused(void **state) {
    struct fixture *fixture = *state;
    uint8_t keys[512];
    struct avo_buffer saved = {keys, 0, sizeof keys};
    fixture->lost.state[4] ^= 8; /* the channel's secret */
    wrap(fixture, fixture->recovery_key.public, avo_slice(fixture->lost.state, fixture->lost.state_length));
    refused(fixture, AVO_EDENIED, "of another CAS or cluster");
    wrap(fixture, fixture->recovery_key.public, avo_slice_string("no state"));
    refused(fixture, AVO_EFORMAT, "not a state of this version");
    fixture->lost.cas->policy_length = 0;
    fixture->lost.cas->signed_view.length = 0;
    avo_cas_save(fixture->lost.cas, &saved);
    wrap(fixture, fixture->recovery_key.public, avo_buffer_slice(&saved));
    refused(fixture, AVO_EFORMAT, "that has a cluster");
}

static void a_state_that_cannot_be_written_is_not_taken(void **state) {
    struct fixture *fixture = *state;
    fixture->next.persist_fails = true;
    refused(fixture, AVO_EIO, "nothing changed");
    fixture->next.persist_fails = false;
    assert_int_equal(recover(fixture), AVO_OK);
}

static void a_cas_that_has_a_cluster_is_not_replaced(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(user_attest(&fixture->next, &fixture->asker, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->next, &fixture->asker, "policy", &fixture->reason), AVO_OK);
    assert_int_equal(recover(fixture), AVO_EDENIED);
    assert_non_null(strstr(fixture->reason.bytes, "has a cluster already"));
    assert_int_equal(fixture->next.cas->phase, AVO_CAS_GATHERING);
}

static void nothing_is_handed_to_a_cas_that_has_not_proven_itself(void **state) {
    struct fixture *fixture = *state;
    struct user *asker = &fixture->asker;
    assert_int_equal(avo_dialog_ask_recover(asker->dialog, &fixture->recover, &asker->out.bytes), AVO_EDENIED);
    assert_int_equal(asker->out.bytes.length, 0);
}

static enum avo_error reset(struct fixture *fixture, struct user *user, const uint8_t *cluster_id) {
    assert_int_equal(user_attest(&fixture->lost, user, &fixture->reason), AVO_OK);
    assert_int_equal(avo_dialog_ask_reset(user->dialog, cluster_id, &user->out.bytes), AVO_OK);
    return avo_dialog_done_check(user_call(&fixture->lost, user), &fixture->reason);
}

static void an_owner_that_gives_a_cluster_up_gets_another_one(void **state) {
    struct fixture *fixture = *state;
    uint8_t id[AVO_CLUSTER_ID_BYTES], other[AVO_CLUSTER_ID_BYTES];
    memcpy(id, fixture->view.cluster_id, sizeof id);
    memcpy(other, id, sizeof other);
    other[0] ^= 1;
    assert_int_equal(reset(fixture, &fixture->owner, other), AVO_ESTALE);
    assert_int_equal(fixture->lost.cas->phase, AVO_CAS_FORMED);
    assert_int_equal(reset(fixture, &fixture->owner, id), AVO_OK);
    assert_int_equal(reset(fixture, &fixture->owner, id), AVO_OK); /* the reply was lost */
    assert_int_equal(fixture->lost.persisted, 1);                  /* on disk it is the old one until view 1 is written */
    for (uint8_t i = 0; i < NODES; i++) {
        node_free(&fixture->nodes[i]);
    }
    form(fixture, &fixture->lost, &fixture->owner);
    assert_int_equal(fixture->view.epoch, 1);
    assert_memory_not_equal(fixture->view.cluster_id, id, sizeof id);
    assert_int_equal(reset(fixture, &fixture->owner, id), AVO_ESTALE); /* an old request gives nothing up */
}

static void nobody_else_gives_a_cluster_up(void **state) {
    struct fixture *fixture = *state;
    struct user stranger;
    user_connect(&fixture->lost, &stranger, &fixture->recovery_key, 11);
    assert_int_equal(reset(fixture, &stranger, fixture->view.cluster_id), AVO_EDENIED);
    assert_int_equal(fixture->lost.cas->phase, AVO_CAS_FORMED);
    user_free(&stranger);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_cas_is_the_lost_one_under_its_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_was_changed_or_cut_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_key_cluster_or_cas_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_of_a_hosts_making_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_that_cannot_be_written_is_not_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cas_that_has_a_cluster_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_handed_to_a_cas_that_has_not_proven_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(an_owner_that_gives_a_cluster_up_gets_another_one, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_else_gives_a_cluster_up, setup, teardown),
    };
    return cmocka_run_group_tests_name("cas/recover", tests, NULL, NULL);
}
