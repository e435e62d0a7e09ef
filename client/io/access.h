/* Who else can read a file, or put another in its place: for files that hold a secret, or say whom to trust. */
#ifndef AVO_CLIENT_ACCESS_H
#define AVO_CLIENT_ACCESS_H

#include "base/compiler.h"
#include <avocado/error.h>
#include <stdbool.h>

#define AVO_ACCESS_WHO_BYTES 200

struct avo_access {
    bool others_read; /* the file */
    /* The file, the folder or the link that others can change, and who they are; empty: nobody can. */
    char others_write[AVO_ACCESS_WHO_BYTES];
};

/* Looks at the open file `fd`, and at every folder and link on the way that `path` goes to it: who can write into a folder can put
 * another file, folder or link there, unless its sticky bit is set and what stands there is ours. Ours: of this user or of root;
 * for root, anybody's. A group that has no member but the owner is not others; an access
 * control list whose mask allows writing is. AVO_EIO: errno says why it cannot be looked at. */
AVO_MUST_USE enum avo_error avo_access_look(int fd, const char *path, struct avo_access *access);

#endif
