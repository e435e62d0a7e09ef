/* A CAS whose peers, CPU and disk are the test: one event in, its effects out, both as text that a person can read.
 *
 * Peers: owner, alice (a user, who may read), mallory (a stranger), n0 and n1 (enclaves), l1 and l2 (LASes of machines m1 and m2);
 * their connections are numbered from 0 in this order, and there are no others. The policy is version 3, of two slots, slot 0
 * pinned to machine m1, one worker, mtu 1500. Events: NAME opens | NAME greets | NAME proves        a connection; its first
 * message; the empty one that proves its key NAME comes                                    the three at once NAME replays | NAME
 * sends TEXT | NAME leaves  the first message of its last handshake; bytes; the end of the connection NAME: policy [las|wrong|other
 * owner|BYTES bytes] | status | evidence | view | ends | ticket RIGHTS | approve [wrong] | type N [body] NAME: join SLOT [by l1]
 * [measured b] [from 2] [port P] [workers W] [datagram D] [tee T] [bound to another] [simulated] NAME: las [measured b] [from 9]
 * [bound to another] NAME: X & Y                                   both in one piece cpu BYTES the TEE's answer to "need evidence";
 * disk ok | disk full: to "persist" tick US | crowd                               time passed; every connection is taken and
 * somebody waits Effects, a line each: NAME: and what came out of its stream; close NAME: why; need evidence NAME; persist; log,
 * warn.
 */
#ifndef AVO_TESTS_CONTROL_CAS_SCENARIO_H
#define AVO_TESTS_CONTROL_CAS_SCENARIO_H

#include "base/bytes.h"

#define CAS_SCENARIO_NOW_S 1800000000ULL

struct cas_scenario;

struct cas_scenario *cas_scenario_create(void);
void cas_scenario_destroy(struct cas_scenario *scenario);
/* The effects of an event, as text; valid until the next. */
const char *cas_scenario_after(struct cas_scenario *scenario, const char *event);
/* When what it lives on ends, Unix time; 0: not known. */
void cas_scenario_ends(struct cas_scenario *scenario, uint64_t collateral_s, uint64_t las_s);
/* When the evidence of a CAS that starts from here on ends, Unix time; 0: not known. */
void cas_scenario_evidence_ends(struct cas_scenario *scenario, uint64_t ends_s);
/* What the last "persist" handed out, which the next start is given; a test may change it. */
struct avo_buffer *cas_scenario_stored(struct cas_scenario *scenario);
/* A CAS that takes that over. "", or why it refused: it changed nothing then, and the one before goes on. */
const char *cas_scenario_restart(struct cas_scenario *scenario);
struct avo_cas *cas_scenario_cas(struct cas_scenario *scenario);
/* Whether a secret of the CAS, its channel or its signing key, lies anywhere in its memory; or a key of the stream with `name`. */
bool cas_scenario_holds_secrets(const struct cas_scenario *scenario);
/* Whether the cluster's secret, as its members learnt it, does. */
bool cas_scenario_holds_cluster_secret(const struct cas_scenario *scenario);
/* How many copies of its channel key lie in its memory. */
unsigned cas_scenario_copies(const struct cas_scenario *scenario);
bool cas_scenario_holds_stream(const struct cas_scenario *scenario, const char *name);

/* The event's effects are exactly these lines. */
#define AFTER(scenario, event, ...) assert_string_equal(cas_scenario_after(scenario, event), "" __VA_ARGS__)

#endif
