/* What the traces of a LAS begin with. */
#ifndef AVO_TESTS_CONTROL_LAS_SCENARIO_TEST_H
#define AVO_TESTS_CONTROL_LAS_SCENARIO_TEST_H

#include "las/las.h"
#include "protocol/control/control.h"
#include "tests/control/las_scenario.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the above. */
#include <cmocka.h>

#define REGISTERED "log registered: the CAS verified its vendor's evidence\n"
#define VOUCHED "0: VOUCHER\nlog vouched for a program with measurement e0" ZEROS "\n"
#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"
#define MAC_REASON                                                                                                                 \
    "report: its MAC does not verify: it was made on another machine, for another program, or changed on the way: start the node " \
    "beside its own LAS\n"
#define SILENT                                                                                                                     \
    "warn CAS: it hangs up without proving the pinned key: is it down behind a proxy? does --cas-key have the key of this CAS, "   \
    "as "                                                                                                                          \
    "in cas/public.key? trying again\n"
#define TURN "end CAS: it said something out of turn: install the same version on both\n"

static inline struct las_scenario *begin(void) {
    return las_scenario_create();
}

/* Up to where its vouchers count. */
static inline struct las_scenario *begin_registered(void) {
    struct las_scenario *s = begin();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    AFTER(s, "registered", REGISTERED);
    assert_true(avo_las_registered(las_scenario_las(s)));
    return s;
}

#endif
