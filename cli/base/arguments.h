/* The arguments of a program to start, in memory of their own: execv wants them writable. */
#ifndef AVO_CLI_BASE_ARGUMENTS_H
#define AVO_CLI_BASE_ARGUMENTS_H

#include "base/compiler.h"
#include <stddef.h>

#define AVO_ARGUMENTS_MAX 64
#define AVO_ARGUMENTS_BYTES 16384 /* a few paths of PATH_MAX among them */

struct avo_arguments {
    char *items[AVO_ARGUMENTS_MAX + 1]; /* ends with NULL, whatever was added */
    size_t count;
    char text[AVO_ARGUMENTS_BYTES];
    size_t used;
};

/* Adds one argument; asserts that there is room: callers' arguments are bounded. */
void avo_arguments_add(struct avo_arguments *arguments, const char *format, ...) AVO_PRINTF(2, 3);

#endif
