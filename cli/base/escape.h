/* The escapes of load files and of --escape: \t \n \\ \xHH; any other byte but a backslash stands for itself. */
#ifndef AVO_CLI_BASE_ESCAPE_H
#define AVO_CLI_BASE_ESCAPE_H

#include "base/bytes.h"

/* Decodes in place: `bytes`, of `*length`, becomes shorter or stays. False on an unfinished or unknown escape. */
AVO_MUST_USE bool avo_escape_decode(uint8_t *bytes, size_t *length);

/* A line of a load file without its newline. First TAB splits; escapes in both. What it finds borrows from `line`, which it
 * changes. */
enum avo_line_fault {
    AVO_LINE_GOOD,
    AVO_LINE_NO_TAB,
    AVO_LINE_KEY_ESCAPE,
    AVO_LINE_VALUE_ESCAPE,
};
AVO_MUST_USE enum avo_line_fault avo_line_split(uint8_t *line, size_t length, struct avo_slice *key, struct avo_slice *value);
/* What a fault is and what to do about it. */
const char *avo_line_fault_text(enum avo_line_fault fault);

#endif
