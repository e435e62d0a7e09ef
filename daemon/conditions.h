/* A condition of a node (base/condition.h) in words: for its host's log and for `avocado status`. */
#ifndef AVO_DAEMON_CONDITIONS_H
#define AVO_DAEMON_CONDITIONS_H

#include "base/condition.h"

#define AVO_CONDITION_TEXT_BYTES 240

/* What is so, and what to do, in one line without its word. `levels`: of the whole node; where they do not reach the condition, one
 * of its workers does. */
void avo_condition_text(char text[AVO_CONDITION_TEXT_BYTES], enum avo_condition condition, const struct avo_levels *levels);

#endif
