/* Lines for the operator on standard error, each in one write, each with the program and the slot. */
#ifndef AVO_HOST_LOG_H
#define AVO_HOST_LOG_H

#include "base/compiler.h"

/* What follows the program's name in every line; the caller keeps it alive. Set once, before any thread starts. */
void avo_log_name(const char *name);
void avo_log(const char *format, ...) AVO_PRINTF(1, 2);

#endif
