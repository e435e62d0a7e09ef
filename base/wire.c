#include "base/wire.h"
#include "base/limits.h"

uint8_t avo_wire_lowest(void) {
    return avo_wire_highest() > AVO_WIRE_VERSION_FIRST ? (uint8_t)(avo_wire_highest() - 1) : AVO_WIRE_VERSION_FIRST;
}

bool avo_wire_speaks(uint8_t version) {
    return version >= avo_wire_lowest() && version <= avo_wire_highest();
}

uint8_t avo_wire_common(uint8_t other) {
    if (other > avo_wire_highest()) {
        return other - avo_wire_highest() == 1 ? avo_wire_highest() : 0;
    }
    return avo_wire_speaks(other) ? other : 0;
}
