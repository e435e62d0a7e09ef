/* The programs of builds to come, as far as versions go: linked of the same objects, each measured as a program of its own. */
#include "base/limits.h"
#include "base/wire.h"

uint8_t avo_wire_highest(void) {
    return AVO_WIRE_VERSION + AVO_VERSIONS_AHEAD;
}
