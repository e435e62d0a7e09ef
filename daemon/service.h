/* What every daemon that serves one folder does first. */
#ifndef AVO_DAEMON_SERVICE_H
#define AVO_DAEMON_SERVICE_H

#include "base/compiler.h"

/* One daemon a folder: writes the process id to DIR/NAME, which stays locked for as long as the descriptor that is returned is
 * open. -1 with errno; EWOULDBLOCK: another holds it. */
AVO_MUST_USE int avo_service_lock(const char *dir, const char *name);
/* SIGTERM and SIGINT, blocked from now on, as a descriptor to poll; -1 with errno. */
int avo_service_signals(void);

#endif
