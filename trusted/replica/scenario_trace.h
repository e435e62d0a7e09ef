/* The trace of a scenario: one line a message or reply. */
#ifndef AVO_REPLICA_SCENARIO_TRACE_H
#define AVO_REPLICA_SCENARIO_TRACE_H

#include "trusted/replica/scenario.h"

void avo_scenario_trace_send(struct avo_scenario *scenario, uint8_t from, uint8_t to, const struct avo_message *message);
void avo_scenario_trace_reply(struct avo_scenario *scenario, const struct avo_reply *reply);

#endif
