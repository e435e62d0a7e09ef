/* Lines for the operator, on standard error or in a file, each in one write:
 *
 *   2026-11-25T19:46:18.123456Z info avocado-node: slot 0: the enclave runs in a SIMULATED TEE, process 4711
 *
 * time (RFC 3339, UTC), level (error, warn, info, debug), program, what. No key, no value and no secret ever. */
#ifndef AVO_DAEMON_LOG_H
#define AVO_DAEMON_LOG_H

#include "base/compiler.h"
#include "base/log_level.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "error", "warn", "info" or "debug"; false for anything else. */
AVO_MUST_USE bool avo_log_level_read(const char *text, enum avo_log_level *level);

/* All of these are called before any thread starts. Without them lines go to standard error, down to info. */

/* What stands between level and text in every line, e.g. "avocado-node: slot 0"; kept by the caller. From here on a broken
 * promise of our own code (base/assert.h) says a line too before it traps. */
void avo_log_name(const char *name);
/* Leaves out what matters less than `level`. */
void avo_log_limit(enum avo_log_level level);
/* Writes to the file from here on, appending; false with errno. Errors, which a program says before it ends, are written to
 * standard error as well: who started it there looks there first. */
AVO_MUST_USE bool avo_log_file(const char *path);
/* Whether that would go well, as far as can be seen without making the file; false with errno. */
AVO_MUST_USE bool avo_log_file_check(const char *path);

/* From here on lines are for a relay, which knows time and limit: "<N>avocado-inline: slot 0: ...". For what runs in a TEE. */
void avo_log_measured(void);

void avo_log_error(const char *format, ...) AVO_PRINTF(1, 2);
void avo_log_warn(const char *format, ...) AVO_PRINTF(1, 2);
void avo_log_info(const char *format, ...) AVO_PRINTF(1, 2);
void avo_log_debug(const char *format, ...) AVO_PRINTF(1, 2);

/* realloc that ends the program with a line and status 2 where there is no memory: for libraries that do not look whether they got
 * any (attest/verify/memory.h). */
AVO_MUST_USE void *avo_log_allocate(void *memory, size_t bytes);

/* The same for another program's line, its name in it. What is not printable becomes '?'. */
void avo_log_line(enum avo_log_level level, const char *line);

#endif
