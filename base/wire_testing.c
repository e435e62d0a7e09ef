#include "base/wire_testing.h"
#include "base/limits.h"

static uint8_t spoken = AVO_WIRE_VERSION;

void avo_wire_testing_speak(uint8_t highest) {
    spoken = highest;
}

uint8_t avo_wire_highest(void) {
    return spoken;
}
