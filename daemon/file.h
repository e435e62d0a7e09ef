/* Small files under a folder, written whole or not at all. */
#ifndef AVO_TEE_SIM_FILE_H
#define AVO_TEE_SIM_FILE_H

#include "base/bytes.h"
#include <avocado/error.h>
#include <sys/types.h>

/* Writes the file by way of another beside it, so that a reader sees the old bytes or the new, and a machine that loses power has
 * one of them: written, synced, renamed, the folder synced. AVO_EIO with errno: the old file, if any, is whole, but for a folder
 * that could not be synced: then either may be there. */
AVO_MUST_USE enum avo_error avo_file_replace(const char *path, mode_t mode, struct avo_slice bytes);
/* The same for `dir`/`name`. */
AVO_MUST_USE enum avo_error avo_file_write(const char *dir, const char *name, mode_t mode, struct avo_slice bytes);
/* Reads all of `dir`/`name`. AVO_ENOTFOUND: no such file; AVO_ETOOBIG: larger than the capacity; AVO_EIO with errno. */
AVO_MUST_USE enum avo_error avo_file_read_in(const char *dir, const char *name, struct avo_buffer *to);

#endif
