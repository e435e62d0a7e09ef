/* For tests: a program of one source that speaks the version which its test sets, in place of base/wire_highest.c. */
#ifndef AVO_BASE_WIRE_TESTING_H
#define AVO_BASE_WIRE_TESTING_H

#include "base/wire.h"

/* Before the first call it is AVO_WIRE_VERSION. */
void avo_wire_testing_speak(uint8_t highest);

#endif
