/* Who may join, and who may vouch, as traces [DESIGN 11.2, 11.3]. */
#include "tests/control/cas_scenario_test.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

/* Each is refused by name, and the slot stays as it was. */
static void what_a_join_must_be_at_each_limit(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 measured b",
          "n0: REFUSED EDENIED slot 0: its measurement is not accepted\nwarn slot 0: its measurement is not accepted\nclose n0: "
          "its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 bound to another",
          "n0: REFUSED EAUTH slot 0: bound to something else\nwarn slot 0: bound to something else\nclose n0: its JOIN was "
          "refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 tee 2",
          "n0: REFUSED EDENIED slot 0: evidence is of another kind of TEE than it says: start it under its own TEE\nwarn slot 0: "
          "evidence is of another kind of TEE than it says: start it under its own TEE\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 2",
          "n0: REFUSED EDENIED slot 2: the policy has slots 0 to 1: raise cluster.nodes or start another slot\nwarn slot 2: the "
          "policy has slots 0 to 1: raise cluster.nodes or start another slot\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 255", "close n0: a JOIN that is malformed or out of turn\n"); /* no cluster has such a slot */
    COMES(s, "n0");
    AFTER(s, "n0: join 0 from 2",
          "n0: REFUSED EDENIED slot 0: the policy pins it to machine m1, but it runs on machine m2: start it on its own, or change "
          "las.machines\nwarn slot 0: the policy pins it to machine m1, but it runs on machine m2: start it on its own, or change "
          "las.machines\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 from 9",
          "n0: REFUSED EDENIED slot 0: the policy pins it to machine m1, but it runs on machine (none of las.machines): start it "
          "on its own, or change las.machines\nwarn slot 0: the policy pins it to machine m1, but it runs on machine (none of "
          "las.machines): start it on its own, or change las.machines\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 workers 2",
          "n0: REFUSED EDENIED slot 0: runs 2 workers, the policy says 1: start it with that many\nwarn slot 0: runs 2 workers, "
          "the policy says 1: start it with that many\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 port 0",
          "n0: REFUSED EDENIED slot 0: its port 0 leaves no room for one port a worker: choose a lower --port\nwarn slot 0: its "
          "port 0 leaves no room for one port a worker: choose a lower --port\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 datagram 1471",
          "n0: REFUSED EDENIED slot 0: its rings carry 1471 bytes a datagram, too few for mtu 1500 of the policy: start it with "
          "larger rings or lower cluster.mtu\nwarn slot 0: its rings carry 1471 bytes a datagram, too few for mtu 1500 of the "
          "policy: start it with larger rings or lower cluster.mtu\nclose n0: its JOIN was refused\n");
    AFTER(s, "owner: status",
          "owner: STATUS gathering, policy 3, 9 verified, slot 0 free after slot 0: its rings carry 1471 bytes a datagram, too "
          "few for mtu 1500 of the policy: start it with larger rings or lower cluster.mtu, slot 1 free\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 port 65535", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    AFTER(s, "owner: status", "owner: STATUS gathering, policy 3, 10 verified, slot 0 joined, slot 1 free\n");
    COMES(s, "n1");
    AFTER(
        s, "n1: join 0",
        "n1: REFUSED EBUSY slot 0: taken by an enclave that joined before: stop that one first, or start another slot\nwarn slot "
        "0: taken by an enclave that joined before: stop that one first, or start another slot\nclose n1: its JOIN was refused\n");
    COMES(s, "n1");
    AFTER(s, "n1: join 1 port 65535",
          "n1: REFUSED EDENIED slot 1: has the address of slot 0: give each slot its own\nwarn slot 1: has the address of slot 0: "
          "give each slot its own\nclose n1: its JOIN was refused\n");
    COMES(s, "n1");
    AFTER(s, "n1: join 1 port 65535 ip 2", "log slot 1: joined, measurement 67" ZEROS "\nn1: WAIT\n");
    cas_scenario_destroy(s);
}

static void members_have_a_wire_version_in_common(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "n0");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    COMES(s, "n1");
    AFTER(s, "n1: join 1 speaks 99",
          "n1: REFUSED EDENIED slot 1: slot 0 and it have no wire version in common: it speaks wire version 99, the other " TEXT(
              AVO_WIRE_VERSION) ", and "
                                "each the one before: upgrade the older of the two first\nwarn slot 1: slot 0 and it have no wire "
                                "version in common: it "
                                "speaks wire version 99, the other " TEXT(
                                    AVO_WIRE_VERSION) ", and each the one before: upgrade the older of the two first\nclose n1: "
                                                      "its JOIN was "
                                                      "refused\n");
    cas_scenario_destroy(s);
}

static void a_formed_cluster_of_two_takes_nobody_whose_slot_must_vote(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    AFTER(s, "n1 leaves", "");
    COMES(s, "n1");
    AFTER(s, "n1: join 1",
          "n1: WAIT\nn1: JOINED epoch 1, 2 members\n"); /* the very key that view 1 admitted: its JOINED was lost */
    AFTER(s, "n1 leaves", "");
    COMES(s, "mallory");
    AFTER(s, "mallory: join 1",
          "mallory: REFUSED EBUSY slot 1: without it fewer than 2 members would vote, and what the cluster holds could be lost: "
          "wait until others vote again\nwarn slot 1: without it fewer than 2 members would vote, and what the cluster holds could "
          "be lost: wait until others vote again\nclose mallory: its JOIN was refused\n");
    COMES(s, "mallory");
    AFTER(s, "mallory: join 2",
          "mallory: REFUSED EDENIED slot 2: the cluster has no slot 2: start one that it has, or have the owner add it\n"
          "warn slot 2: the cluster has no slot 2: start one that it has, or have the owner add it\n"
          "close mallory: its JOIN was refused\n");
    cas_scenario_destroy(s);
}

/* [DESIGN 11.3] */
static void a_voucher_counts_while_its_las_is_registered(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy las");
    COMES(s, "n0");
    AFTER(s, "n0: join 0",
          "n0: REFUSED EDENIED slot 0: evidence: the policy wants a LAS's voucher, not a quote (las.required): start avocado-las "
          "on its machine, and the node with --las\nwarn slot 0: evidence: the policy wants a LAS's voucher, not a quote "
          "(las.required): start avocado-las on its machine, and the node with --las\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1",
          "n0: REFUSED EBUSY slot 0: voucher: LAS l1 is not registered: it ended, was started again, or never proved itself: see "
          "that avocado-las runs on that machine\nwarn slot 0: voucher: LAS l1 is not registered: it ended, was started again, or "
          "never proved itself: see that avocado-las runs on that machine\nclose n0: its JOIN was refused\n");
    COMES(s, "l1");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    COMES(s, "l2");
    AFTER(s, "l2: las", "log LAS l2: verified by its CPU's vendor; it vouches for machine m2\nl2: REGISTERED\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1 cut",
          "n0: REFUSED EFORMAT slot 0: voucher: malformed: install the same version of avocado-las and avocado-enclave\nwarn slot "
          "0: voucher: malformed: install the same version of avocado-las and avocado-enclave\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1 forged",
          "n0: REFUSED EAUTH slot 0: voucher: not signed by the LAS it names, or changed on the way: look at the host of the "
          "node\nwarn slot 0: voucher: not signed by the LAS it names, or changed on the way: look at the host of the node\nclose "
          "n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1 tee 2",
          "n0: REFUSED EDENIED slot 0: voucher: only SGX has local reports: start the node without --las\nwarn slot 0: voucher: "
          "only SGX has local reports: start the node without --las\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1 measured b",
          "n0: REFUSED EDENIED slot 0: its measurement is not accepted\nwarn slot 0: its measurement is not accepted\nclose n0: "
          "its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1 bound to another",
          "n0: REFUSED EAUTH slot 0: bound to something else\nwarn slot 0: bound to something else\nclose n0: its JOIN was "
          "refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l2",
          "n0: REFUSED EDENIED slot 0: the policy pins it to machine m1, but it runs on machine m2: start it on its own, or change "
          "las.machines\nwarn slot 0: the policy pins it to machine m1, but it runs on machine m2: start it on its own, or change "
          "las.machines\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 1 by l2",
          "n0: REFUSED EDENIED slot 1: the policy lets no LAS vouch for it, and that of machine m2 did: add the slot to "
          "las.machines\nwarn slot 1: the policy lets no LAS vouch for it, and that of machine m2 did: add the slot to "
          "las.machines\nclose n0: its JOIN was refused\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1", "log slot 0: joined, measurement 67" ZEROS ", vouched for by the LAS of machine m1\nn0: WAIT\n");
    AFTER(s, "l1 leaves", "");
    AFTER(s, "owner: status",
          "owner: STATUS gathering, policy 3, 2 verified, slot 0 joined, slot 1 free after slot 1: the policy lets no LAS vouch "
          "for it, and that of machine m2 did: add the slot to las.machines\n");
    cas_scenario_destroy(s);
}

static void one_las_a_machine(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "l1");
    AFTER(s, "l1: las measured b",
          "l1: REFUSED EDENIED LAS: its measurement is not accepted\nwarn LAS: its measurement is not accepted\nclose l1: its LAS "
          "was refused\n");
    COMES(s, "l1");
    AFTER(s, "l1: las bound to another",
          "l1: REFUSED EAUTH LAS: bound to something else\nwarn LAS: bound to something else\nclose l1: its LAS was refused\n");
    COMES(s, "l1");
    AFTER(s, "l1: las from 9",
          "l1: REFUSED EDENIED LAS: its chip 39 is no machine of the policy: add it to las.machines if it is yours, or start the "
          "LAS on one\nwarn LAS: its chip 39 is no machine of the policy: add it to las.machines if it is yours, or start the LAS "
          "on one\nclose l1: its LAS was refused\n");
    COMES(s, "l1");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    COMES(s, "l2");
    AFTER(s, "l2: las from 1",
          "log LAS l2: verified by its CPU's vendor; it vouches for machine m1\nl1: REFUSED ESTALE another start of this machine's "
          "LAS took its place: one runs a machine: stop one of them\nclose l1: another start of its machine's LAS took its "
          "place\nl2: REGISTERED\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l2", "log slot 0: joined, measurement 67" ZEROS ", vouched for by the LAS of machine m1\nn0: WAIT\n");
    AFTER(s, "tick 86400000000", "close owner: no handshake or request in time\nl2: HELLO\n");
    AFTER(s, "l2: las", "log LAS l2: verified by its CPU's vendor; it vouches for machine m2\nl2: REGISTERED\n");
    AFTER(s, "n0 leaves", "warn slot 0: its enclave left before view 1 was approved; the slot is free again\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l2",
          "n0: REFUSED EDENIED slot 0: the policy pins it to machine m1, but it runs on machine m2: start it on its own, or change "
          "las.machines\nwarn slot 0: the policy pins it to machine m1, but it runs on machine m2: start it on its own, or change "
          "las.machines\nclose n0: its JOIN was refused\n");
    cas_scenario_destroy(s);
}

static void the_view_names_who_vouched(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "l1");
    AFTER(s, "l1: las simulated", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0 by l1", "log slot 0: joined, measurement 67" ZEROS ", vouched for by the LAS of machine m1\nn0: WAIT\n");
    COMES(s, "n1");
    AFTER(s, "n1: join 1", "log slot 1: joined, measurement 67" ZEROS "\nn1: WAIT\n");
    AFTER(s, "owner: status", "owner: STATUS proposed, policy 3, 2 verified, slot 0 joined, slot 1 joined\n");
    AFTER(s, "owner: approve", "persist\n");
    AFTER(s, "disk ok",
          "n0: JOINED epoch 1, 2 members, 0 vouched for on a simulated TEE\nn1: JOINED epoch 1, 2 members, 0 vouched for on a "
          "simulated TEE\nowner: VIEW epoch 1, 2 "
          "members, 0 vouched for on a simulated TEE\nlog view 1 is chosen: the cluster is formed\n");
    cas_scenario_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_join_must_be_at_each_limit),
        cmocka_unit_test(members_have_a_wire_version_in_common),
        cmocka_unit_test(a_formed_cluster_of_two_takes_nobody_whose_slot_must_vote),
        cmocka_unit_test(a_voucher_counts_while_its_las_is_registered),
        cmocka_unit_test(one_las_a_machine),
        cmocka_unit_test(the_view_names_who_vouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
