/* Files that one process at a time holds for as long as it lives, each with its process id in it. The lock says which process it
 * is, not the text: the kernel names the holder wherever the file was moved or mounted, and lets go when it ends. */
#ifndef AVO_DAEMON_LOCK_H
#define AVO_DAEMON_LOCK_H

#include "base/compiler.h"
#include <stdbool.h>
#include <sys/types.h>

/* Writes the process id to DIR/NAME, locked for as long as the descriptor that is returned is open, and no other of this process on
 * that file was closed (fcntl(2), F_SETLK). -1 with errno; EWOULDBLOCK: another process holds it. */
AVO_MUST_USE int avo_lock_take(const char *dir, const char *name);

/* Whether another process holds the lock of the file; what cannot be looked at counts as held. `*holder` is its id; 0: it is not to
 * be had, as of a process in a container that this one cannot see. */
AVO_MUST_USE bool avo_lock_is_held(const char *path, pid_t *holder);

#endif
