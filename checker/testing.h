/* Histories as text, for tests. */
#ifndef AVO_CHECKER_TESTING_H
#define AVO_CHECKER_TESTING_H

#include "checker/history.h"

/* The name of a value; "-" is absent. */
uint32_t avo_testing_value(struct avo_history *history, const char *text);
/* Appends one operation on key "k": "KIND VALUE[,EXPECT] CALL RETURN OUTCOME". KIND: g p d c i; VALUE: what a get found, a write
 * wrote, or "NUMBER,BY" of an incr; OUTCOME: ok, no, ?. */
void avo_testing_history_line(struct avo_history *history, const char *line);

#endif
