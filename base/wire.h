/* Which wire versions this build speaks: its highest, and the one before [DESIGN 7]. Two neighbouring builds so always have one
 * in common, which is the lower of their highest ones. */
#ifndef AVO_BASE_WIRE_H
#define AVO_BASE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

/* AVO_WIRE_VERSION. In a source of its own, so that tests link the same objects into a program of another version. */
uint8_t avo_wire_highest(void);

/* The version before the highest, unless that is the first which agrees on versions: none before it is spoken. */
uint8_t avo_wire_lowest(void);
/* Does this build speak `version`? */
bool avo_wire_speaks(uint8_t version);
/* What this build and one whose highest is `other` speak to each other; 0: they have no version in common. */
uint8_t avo_wire_common(uint8_t other);

#endif
