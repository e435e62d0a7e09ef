/* Small files under a folder, written whole or not at all. */
#ifndef AVO_TEE_SIM_FILE_H
#define AVO_TEE_SIM_FILE_H

#include "base/bytes.h"
#include <avocado/error.h>
#include <sys/types.h>

/* Writes `dir`/`name` by way of a temporary file, so that a reader sees the old bytes or the new. AVO_EIO with errno. */
AVO_MUST_USE enum avo_error avo_file_write(const char *dir, const char *name, mode_t mode, struct avo_slice bytes);
/* Reads all of `dir`/`name`. AVO_ENOTFOUND: no such file; AVO_ETOOBIG: larger than the capacity; AVO_EIO with errno. */
AVO_MUST_USE enum avo_error avo_file_read_in(const char *dir, const char *name, struct avo_buffer *to);

#endif
