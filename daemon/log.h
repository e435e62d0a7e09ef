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
 * standard error as well: a user who started it there looks there first. */
AVO_MUST_USE bool avo_log_file(const char *path);
/* How large that file may get, 0: as large as it will, and how many earlier ones stay beside it, as FILE.1 (the last) and up; where
 * there are to be none, or the file cannot be renamed, it begins again. */
#define AVO_LOG_SIZE_DEFAULT_MIB 16
#define AVO_LOG_KEEP_DEFAULT_COUNT 3
void avo_log_size(uint64_t max_bytes, unsigned keep_count);
/* Whether that would go well, as far as can be seen without making the file; false with errno. */
AVO_MUST_USE bool avo_log_file_check(const char *path);

/* From here on lines are for a relay, which knows time and limit: "<N>avocado-inline: slot 0: ...". For what runs in a TEE. */
void avo_log_measured(void);

void avo_log_error(const char *format, ...) AVO_PRINTF(1, 2);
void avo_log_warn(const char *format, ...) AVO_PRINTF(1, 2);
void avo_log_info(const char *format, ...) AVO_PRINTF(1, 2);
void avo_log_debug(const char *format, ...) AVO_PRINTF(1, 2);

/* At most one line a second for all that have this `kind` (a clause that may stand in a line by itself; its first 95 characters
 * count): for what strangers can cause. How many were left out is said before the next of its kind, or by avo_log_tick, for a
 * program that has something like a tick. */
void avo_log_seldom(enum avo_log_level level, const char *kind, const char *format, ...) AVO_PRINTF(3, 4);
void avo_log_tick(void);

/* Opens the file again, which somebody may have moved away; a line says when that fails, and the old one is kept. */
void avo_log_reopen(void);
/* Renames FILE to FILE.1, FILE.1 to FILE.2 and so on up to FILE.`keep_count`, which is replaced. False: there is no FILE, or errno
 * says why; FILE is where it was. */
bool avo_log_put_aside(const char *path, unsigned keep_count);

/* realloc that ends the program with a line and status 2 where there is no memory: for libraries that do not look whether they got
 * any (attest/verify/memory.h). */
AVO_MUST_USE void *avo_log_allocate(void *memory, size_t bytes);

/* The same for another program's line, its name in it. What is not printable becomes '?'. */
void avo_log_line(enum avo_log_level level, const char *line);

#endif
