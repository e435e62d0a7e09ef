/* Reads a history: a line of JSON an operation, as torture writes it. What stands in it is checked, and never trusted. */
#ifndef AVO_CLI_TORTURE_HISTORY_READ_H
#define AVO_CLI_TORTURE_HISTORY_READ_H

#include "checker/history.h"
#include "client/io/profile.h"

#define AVO_HISTORY_LINES_MAX (1U << 26)

/* Appends the operation of one line, without its newline. False: nothing was appended; `why` says what is wrong with the line. */
AVO_MUST_USE bool avo_history_read_line(struct avo_history *history, struct avo_slice line, struct avo_why *why);
/* Appends a file's operations, in its order: entry i is line i + 1. False: `why` says in which line what is wrong. */
AVO_MUST_USE bool avo_history_read(struct avo_history *history, const char *path, struct avo_why *why);

#endif
