/* A LAS whose CAS, enclaves and CPU are the test: one event in, its effects out, both as text that a person can read.
 *
 * Events:
 *   connect | connect to nobody | lost | bytes GARBAGE       the connection to the CAS
 *   hello | hello older | hello cut | wait | registered | refused ERROR TEXT | say TYPE   what the CAS says in the stream
 *   X & Y                                    both of them by the CAS, in one piece
 *   evidence BYTES                           the CPU's answer to "need evidence": so many bytes
 *   N target | N report | N false report | N junk | N answer | N older | N gone      enclave N; a false report's MAC is another's
 *   N key | N no key | N long key            the CPU's answer to "need key N"
 * Effects, a line each:
 *   cas: START | cas: PROOF | cas: LAS 100 bytes | need evidence | need key N | N: TARGET | N: VOUCHER | N: REFUSED text | N:
 * dropped reconnect | log text | warn text | end text Answers carry the id of the question, which counts up by enclave; a voucher
 * is checked, and so is what evidence is to be bound to: where one is not right, its line says so.
 */
#ifndef AVO_TESTS_CONTROL_LAS_SCENARIO_H
#define AVO_TESTS_CONTROL_LAS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAS_SCENARIO_LOCALS 3

struct las_scenario;

struct las_scenario *las_scenario_create(void);
/* One whose pinned key is none. */
struct las_scenario *las_scenario_create_unusable(void);
void las_scenario_destroy(struct las_scenario *scenario);
/* The effects of an event, as text; valid until the next. */
const char *las_scenario_after(struct las_scenario *scenario, const char *event);
/* The LAS of the scenario, for what no event asks. */
struct avo_las *las_scenario_las(struct las_scenario *scenario);
/* Whether a secret of the LAS, its signing or its channel key, lies anywhere in its memory; or a key of its stream. */
bool las_scenario_holds_secrets(const struct las_scenario *scenario);
bool las_scenario_holds_stream(const struct las_scenario *scenario);

/* The event's effects are exactly these lines. */
#define AFTER(scenario, event, ...) assert_string_equal(las_scenario_after(scenario, event), "" __VA_ARGS__)

#endif
