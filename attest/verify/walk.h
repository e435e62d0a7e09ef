/* The files of a folder and of the folders below it. Internal to attest/verify. */
#ifndef AVO_ATTEST_WALK_H
#define AVO_ATTEST_WALK_H

#include "attest/verify/reason.h"
#include "base/bytes.h"
#include <sys/stat.h>

#define AVO_WALK_FOLDERS_MAX 4096
#define AVO_WALK_DEPTH_MAX 8 /* of folders: links may run in a circle */
#define AVO_WALK_PATH_BYTES 4096

/* One regular file; `group` counts the folders. */
struct avo_walk_file {
    const char *path;
    const char *name; /* the last part of the path */
    uint32_t group;
    const struct stat *info;
};

/* Calls `visit` for each file in the order of their names, folder by folder; hidden ones are passed over. Ends at the first error,
 * its own (AVO_EIO, AVO_EFULL) or a visit's. */
AVO_MUST_USE enum avo_error
avo_walk(const char *folder, enum avo_error (*visit)(void *context, const struct avo_walk_file *file, struct avo_reason *reason),
         void *context, struct avo_reason *reason);

#endif
