/* What every daemon that serves one folder does first, and how it says that it cannot. */
#ifndef AVO_DAEMON_SERVICE_H
#define AVO_DAEMON_SERVICE_H

#include "base/compiler.h"

/* One daemon a folder: holds DIR/NAME (daemon/lock.h) for as long as the process lives. 0, or AVO_SERVICE_REFUSED after a line that
 * names the folder, and `who` has it. */
AVO_MUST_USE int avo_service_folder_take(const char *dir, const char *name, const char *who);
/* SIGTERM and SIGINT, blocked from now on, as a descriptor to poll; -1 with errno. */
int avo_service_signals(void);

#define AVO_SERVICE_REFUSED 2 /* a daemon's exit code: it did not start, or could not go on */
/* Logs one line, "WHAT ON: NEXT" (what failed, on what, what to do next), with errno's text before NEXT for the second; returns
 * AVO_SERVICE_REFUSED. */
int avo_service_refuse(const char *what, const char *on, const char *next);
int avo_service_refuse_errno(const char *what, const char *on, const char *next);

#endif
