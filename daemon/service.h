/* What every daemon that serves one folder does first, and how it says that it cannot. */
#ifndef AVO_DAEMON_SERVICE_H
#define AVO_DAEMON_SERVICE_H

#include "base/compiler.h"
#include <stdbool.h>

/* The first thing of all: its name in the log (kept by the caller); no write to a pipe or a file at its limit, and no terminal that
 * goes, ends it from now on; its standard descriptors are not closed. */
void avo_service_begin(const char *name);
/* One daemon a folder: holds DIR/NAME (daemon/lock.h) for as long as the process lives. 0, or AVO_SERVICE_REFUSED after a line that
 * names the folder, and `who` has it. */
AVO_MUST_USE int avo_service_folder_take(const char *dir, const char *name, const char *who);
/* Signals that end a daemon, or have it open its log again, blocked from now on, and `more` (0: none), as a descriptor to poll; -1
 * with errno. SIGHUP is not among them where it was ignored when the program was started, as by nohup. */
int avo_service_signals(int more);
/* Takes what came. True: it has to end. SIGHUP opens the log again. */
AVO_MUST_USE bool avo_service_is_told(int signals);

#define AVO_SERVICE_REFUSED 2 /* a daemon's exit code: it did not start, or could not go on */
/* Logs one line, "WHAT ON: NEXT" (what failed, on what, what to do next), with errno's text before NEXT for the second; returns
 * AVO_SERVICE_REFUSED. */
int avo_service_refuse(const char *what, const char *on, const char *next);
int avo_service_refuse_errno(const char *what, const char *on, const char *next);

#endif
