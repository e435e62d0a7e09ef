/* What `avocado status` warns of: each is a word for programs, and a line for people that says what to do next. */
#ifndef AVO_CLI_USER_WARNINGS_H
#define AVO_CLI_USER_WARNINGS_H

#include "base/compiler.h"
#include <jansson.h>
#include <stdint.h>

#define AVO_WARNING_MAX_COUNT 64
#define AVO_WARNING_HINT_BYTES 240
#define AVO_WARNING_CLUSTER (-1) /* in the place of a slot: the warning is about no single node */

struct avo_warning {
    const char *what; /* static text, words joined by _ */
    int slot;         /* of the node, or AVO_WARNING_CLUSTER */
    int64_t since_s;  /* Unix time; 0: not known */
    char hint[AVO_WARNING_HINT_BYTES];
};

struct avo_warnings {
    unsigned count;
    struct avo_warning list[AVO_WARNING_MAX_COUNT];
};

/* Adds one; past AVO_WARNING_MAX_COUNT it is left out. `what` is borrowed. */
void avo_warning_add(struct avo_warnings *warnings, const char *what, int slot, int64_t since_s, const char *format, ...)
    AVO_PRINTF(5, 6);

/* An array of {what, slot, since, hint}; slot null: no single node; since: RFC 3339 or null. NULL: no memory. */
json_t *avo_warnings_json(const struct avo_warnings *warnings);
/* A line each on standard output. */
void avo_warnings_print(const struct avo_warnings *warnings);

/* A day as RFC 3339 text; null where it is 0. */
json_t *avo_day_json(int64_t unix_s);

#endif
