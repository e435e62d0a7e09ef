/* Small files, whole. Calls that are interrupted, or that move fewer bytes than they were asked for, go on. */
#ifndef AVO_CLIENT_FILE_H
#define AVO_CLIENT_FILE_H

#include "base/bytes.h"
#include "base/compiler.h"
#include <stdbool.h>
#include <sys/types.h>

/* Reads a file, or a pipe, of at most `max_bytes`; to->data is malloc'ed and ends with a zero that is not counted. False: errno
 * says why. */
AVO_MUST_USE bool avo_file_take(const char *path, size_t max_bytes, struct avo_buffer *to);
/* Writes it again, whole or not at all, and onto the disk. False: errno says why. */
AVO_MUST_USE bool avo_file_put(const char *path, mode_t mode, struct avo_slice bytes);
/* Appends what `fd` gives, a pipe too, until its end or until `to` is full. False: errno says why. */
AVO_MUST_USE bool avo_file_read_all(int fd, struct avo_buffer *to);
/* Writes all of it. False: errno says why, and some of it may be written. */
AVO_MUST_USE bool avo_file_write_all(int fd, struct avo_slice bytes);

#endif
