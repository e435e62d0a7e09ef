/* Small files, whole. */
#ifndef AVO_CLI_FILE_H
#define AVO_CLI_FILE_H

#include "base/bytes.h"
#include "client/io/profile.h"
#include <sys/types.h>

#define AVO_PROGRAM_MAX_BYTES (64U << 20)

/* Reads a file of at most `max_bytes`; to->data is malloc'ed and ends with a zero that is not counted. False: errno says why. */
AVO_MUST_USE bool avo_file_take(const char *path, size_t max_bytes, struct avo_buffer *to);
/* Writes it anew, whole or not at all. False: errno says why. */
AVO_MUST_USE bool avo_file_put(const char *path, mode_t mode, struct avo_slice bytes);

/* A program's measurement in hex; defined in measure.c. */
AVO_MUST_USE enum avo_error avo_cli_measure_file(const char *path, char hex[65], struct avo_why *why);

#endif
