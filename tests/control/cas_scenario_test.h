/* What the traces of a CAS begin with. */
#ifndef AVO_TESTS_CONTROL_CAS_SCENARIO_TEST_H
#define AVO_TESTS_CONTROL_CAS_SCENARIO_TEST_H

#include "cas/cas.h"
#include "protocol/channel/stream.h"
#include "tests/control/cas_scenario.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the above. */
#include <cmocka.h>

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"

/* A peer connects, and is greeted. */
#define COMES(scenario, name) AFTER(scenario, name " comes", name ": HELLO\n")

/* The owner has uploaded the policy. */
static inline struct cas_scenario *begin_with(const char *policy) {
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    AFTER(s, policy, "owner: DONE\nlog policy taken from its owner\n");
    return s;
}

/* Both members are in. */
static inline struct cas_scenario *begin_gathered(void) {
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "n0");
    COMES(s, "n1");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    AFTER(s, "n1: join 1", "log slot 1: joined, measurement 67" ZEROS "\nn1: WAIT\n");
    AFTER(s, "owner: status", "owner: STATUS proposed, policy 3, 2 verified, slot 0 joined, slot 1 joined\n");
    return s;
}

/* View 1 is chosen. */
static inline struct cas_scenario *begin_formed(void) {
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve", "persist\n");
    (void)cas_scenario_after(s, "disk ok");
    return s;
}

#endif
