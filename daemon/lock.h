/* Files that one process at a time holds for as long as it lives, most with its process id in it. The lock says which process it
 * is, not the text: the kernel names the holder wherever the file was moved or mounted, and lets go when it ends. */
#ifndef AVO_DAEMON_LOCK_H
#define AVO_DAEMON_LOCK_H

#include "base/compiler.h"
#include <sys/types.h>

/* DIR/NAME, made where there is none, and held for as long as the descriptor that is returned is open, and no other of this process
 * on that file was closed (fcntl(2), F_SETLK). -1 with errno; EWOULDBLOCK: another process holds it. */
AVO_MUST_USE int avo_lock_hold(const char *dir, const char *name);
/* The same, with the process id written to it. */
AVO_MUST_USE int avo_lock_take(const char *dir, const char *name);

#define AVO_LOCK_HIDDEN (-1)
/* The other process that holds the lock of the file; 0: none does; AVO_LOCK_HIDDEN: one does, or may, that cannot be seen from
 * here, as one in a container, or where the file may not be looked at. */
pid_t avo_lock_holder(const char *path);

#endif
