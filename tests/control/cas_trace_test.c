/* How a CAS forms a cluster, as traces [V0, V1, DESIGN 11]. */
#include "tests/control/cas_scenario_test.h"

static void a_cluster_is_formed(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    AFTER(s, "owner: evidence", "need evidence owner\n");
    AFTER(s, "cpu 100", "owner: EVIDENCE 100 bytes\n");
    AFTER(s, "owner: policy", "owner: DONE\nlog policy taken from its owner\n");
    AFTER(s, "owner: status", "owner: STATUS gathering, policy 3, 0 verified, slot 0 free, slot 1 free\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    AFTER(s, "owner: status", "owner: STATUS gathering, policy 3, 1 verified, slot 0 joined, slot 1 free\n");
    AFTER(s, "owner: approve", "owner: REFUSED EDENIED view 1: members are missing: slot 1: start them, then approve\n");
    COMES(s, "n1");
    AFTER(s, "n1: join 1", "log slot 1: joined, measurement 67" ZEROS "\nn1: WAIT\n");
    AFTER(s, "owner: status", "owner: STATUS proposed, policy 3, 2 verified, slot 0 joined, slot 1 joined\n");
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "disk ok",
          "n0: JOINED epoch 1, 2 members\nn1: JOINED epoch 1, 2 members\nowner: VIEW epoch 1, 2 members\n"
          "log view 1 is chosen: the cluster is formed\n");
    AFTER(s, "disk ok", ""); /* asked for once */
    AFTER(s, "owner: approve", "owner: VIEW epoch 1, 2 members\n");
    AFTER(s, "owner: status", "owner: STATUS formed, policy 3, 2 verified, slot 0 joined, slot 1 joined\n");
    COMES(s, "alice");
    AFTER(s, "alice: view", "alice: VIEW epoch 1, 2 members\n");
    AFTER(s, "alice: ticket 7", "alice: TICKET alice, rights 1, policy 3, 30 days, key aa\n");
    AFTER(s, "n0 leaves", "");
    AFTER(s, "owner: status", "owner: STATUS formed, policy 3, 2 verified, slot 0 joined, slot 1 joined\n");
    cas_scenario_destroy(s);
}

static void what_the_policy_does_not_name_gets_nothing(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    COMES(s, "mallory");
    AFTER(s, "mallory: status", "mallory: REFUSED EDENIED status: your key is not in the policy: ask its owner to add it\n");
    AFTER(s, "mallory: view", "mallory: REFUSED EDENIED view: your key is not in the policy: ask its owner to add it\n");
    AFTER(s, "mallory: ends", "mallory: REFUSED EDENIED ends: your key is not in the policy: ask its owner to add it\n");
    AFTER(s, "mallory: ticket 7",
          "mallory: REFUSED EDENIED ticket: the policy grants your key none of these rights: ask its owner to add it\n");
    AFTER(s, "mallory: approve", "mallory: REFUSED EDENIED view 1: only the policy's owner approves it: use the owner's key\n");
    COMES(s, "alice");
    AFTER(s, "alice: approve", "alice: REFUSED EDENIED view 1: only the policy's owner approves it: use the owner's key\n");
    AFTER(s, "alice: ticket 2",
          "alice: REFUSED EDENIED ticket: the policy grants your key none of these rights: ask its owner to add it\n");
    AFTER(s, "alice: status", "alice: STATUS formed, policy 3, 2 verified, slot 0 joined, slot 1 joined\n");
    AFTER(s, "owner: ticket 7",
          "owner: REFUSED EDENIED ticket: the owner's key gets none, unless the policy lists it: use a key that stands in its "
          "users\n");
    cas_scenario_destroy(s);
}

static void before_there_is_a_policy_nothing_is_approved(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    AFTER(s, "owner: status", "owner: STATUS no policy, policy 0, 0 verified\n");
    AFTER(s, "owner: approve", "owner: REFUSED EDENIED view 1: there is no policy yet: upload one first\n");
    AFTER(s, "owner: view", "owner: REFUSED ENOTFOUND view: the cluster is not formed yet: approve view 1 first\n");
    AFTER(s, "owner: ticket 1", "owner: REFUSED EDENIED ticket: the cluster is not formed yet: approve view 1 first\n");
    AFTER(s, "owner: ends", "owner: REFUSED EDENIED ends: your key is not in the policy: ask its owner to add it\n");
    cas_scenario_destroy(s);
}

static void a_policy_is_taken_once_from_the_owner_it_names(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    AFTER(s, "owner: policy wrong", "owner: REFUSED EFORMAT policy.json:3: wrong\nwarn policy.json:3: wrong\n");
    AFTER(s, "owner: policy other owner",
          "owner: REFUSED EDENIED policy: its owner is not the key you connected with: upload it with the owner's key\nwarn "
          "policy: its owner is not the key you connected with: upload it with the owner's key\n");
    AFTER(s, "owner: policy", "owner: DONE\nlog policy taken from its owner\n");
    AFTER(s, "owner: policy",
          "owner: REFUSED EDENIED policy: this CAS has one already: if it is not yours, start a new CAS; changing a policy comes "
          "with a later version\nwarn policy: this CAS has one already: if it is not yours, start a new CAS; changing a policy "
          "comes with a later version\n");
    cas_scenario_destroy(s);
}

static void a_policy_may_be_as_large_as_the_limit(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    AFTER(s, "owner: policy 49153 bytes", "owner: REFUSED ETOOBIG policy: empty or larger than 48 KiB: make it shorter\n");
    AFTER(s, "owner: type 5", "owner: REFUSED ETOOBIG policy: empty or larger than 48 KiB: make it shorter\n");
    AFTER(s, "owner: policy 49152 bytes", "owner: DONE\nlog policy taken from its owner\n");
    cas_scenario_destroy(s);
}

static void enclaves_and_lases_that_come_first_are_asked_again(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "n0");
    COMES(s, "l1");
    AFTER(s, "n0: join 0", "n0: WAIT\n");
    AFTER(s, "l1: las", "l1: WAIT\n");
    COMES(s, "owner");
    AFTER(s, "owner: policy", "owner: DONE\nlog policy taken from its owner\nn0: HELLO\nl1: HELLO\n");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    cas_scenario_destroy(s);
}

/* [V0] Nobody saw it; what is approved next is another cluster's. */
static void a_state_that_cannot_be_written_was_never_chosen(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "owner: approve", "owner: REFUSED EBUSY view 1: an approval is being written: ask for the status\n");
    AFTER(s, "disk full",
          "warn view 1: the CAS could not write its state, so nothing was signed: no space\nowner: REFUSED EIO view 1: the CAS "
          "could not write its state, so nothing was signed: no space\n");
    AFTER(s, "owner: approve",
          "owner: REFUSED ESTALE view 1: the hash you approve is not that of the proposed view, HASH: a member changed in between: "
          "look at the status and approve again\n");
    AFTER(s, "owner: status", "owner: STATUS proposed, policy 3, 2 verified, slot 0 joined, slot 1 joined\n");
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "disk ok",
          "n0: JOINED epoch 1, 2 members\nn1: JOINED epoch 1, 2 members\nowner: VIEW epoch 1, 2 members\nlog view 1 is chosen: the "
          "cluster is formed\n");
    cas_scenario_destroy(s);
}

static void who_leaves_while_it_is_written_is_missing_afterwards(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "n1 leaves", "");
    AFTER(s, "owner leaves", "");
    AFTER(s, "disk full", "warn view 1: the CAS could not write its state, so nothing was signed: no space\n");
    COMES(s, "owner");
    AFTER(s, "owner: status", "owner: STATUS gathering, policy 3, 2 verified, slot 0 joined, slot 1 free\n");
    cas_scenario_destroy(s);
}

static void the_owner_hears_of_it_though_others_leave(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "n1 leaves", "");
    AFTER(s, "disk ok",
          "n0: JOINED epoch 1, 2 members\nowner: VIEW epoch 1, 2 members\nlog view 1 is chosen: the cluster is formed\n");
    cas_scenario_destroy(s);
}

static void who_leaves_while_it_is_written_is_told_nothing(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "n1 leaves", "");
    AFTER(s, "owner leaves", "");
    AFTER(s, "disk ok", "n0: JOINED epoch 1, 2 members\nlog view 1 is chosen: the cluster is formed\n");
    cas_scenario_destroy(s);
}

static void only_the_proposed_view_is_approved(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve wrong",
          "owner: REFUSED ESTALE view 1: the hash you approve is not that of the proposed view, HASH: a member changed in between: "
          "look at the status and approve again\n");
    AFTER(s, "n1 leaves", "warn slot 1: its enclave left before view 1 was approved; the slot is free again\n");
    AFTER(s, "owner: approve", "owner: REFUSED EDENIED view 1: members are missing: slot 1: start them, then approve\n");
    COMES(s, "n1");
    AFTER(s, "n1: join 1", "log slot 1: joined, measurement 67" ZEROS "\nn1: WAIT\n");
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "disk ok",
          "n0: JOINED epoch 1, 2 members\nn1: JOINED epoch 1, 2 members\nowner: VIEW epoch 1, 2 members\nlog view 1 is chosen: the "
          "cluster is formed\n");
    cas_scenario_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cluster_is_formed),
        cmocka_unit_test(what_the_policy_does_not_name_gets_nothing),
        cmocka_unit_test(before_there_is_a_policy_nothing_is_approved),
        cmocka_unit_test(a_policy_is_taken_once_from_the_owner_it_names),
        cmocka_unit_test(a_policy_may_be_as_large_as_the_limit),
        cmocka_unit_test(enclaves_and_lases_that_come_first_are_asked_again),
        cmocka_unit_test(a_state_that_cannot_be_written_was_never_chosen),
        cmocka_unit_test(who_leaves_while_it_is_written_is_missing_afterwards),
        cmocka_unit_test(the_owner_hears_of_it_though_others_leave),
        cmocka_unit_test(who_leaves_while_it_is_written_is_told_nothing),
        cmocka_unit_test(only_the_proposed_view_is_approved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
