/* Alone, so that a program that brings its own does not get this one from the archive. */
#include "base/limits.h"
#include "base/wire.h"

uint8_t avo_wire_highest(void) {
    return AVO_WIRE_VERSION;
}
