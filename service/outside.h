/* A measured daemon (avocado-cas, avocado-las, avocado-inline) is one program with two lives. Outside, started by a person or by
 * systemd, it reads its settings and has a TEE measure and start it again; that one is inside and does the work. The outside
 * carries the log, says when it is ready, and the two end together. Nothing inside depends on what the outside is. */
#ifndef AVO_TEE_SIM_OUTSIDE_H
#define AVO_TEE_SIM_OUTSIDE_H

#include "daemon/settings.h"
#include "tee/outside/outside.h"

/* Inside: the descriptor whose end is the outside's end, -1 where there is none (as below `avocado up`). Poll it for input. */
int avo_outside_fd(void);
/* Inside: tells the outside that the daemon serves. Does nothing for -1. */
void avo_outside_ready(int fd);

/* As the TEE's `start`, but waits for a TEE that is not there yet, with a line in the log, until `signals` (of
 * avo_service_signals) tells to end (AVO_EBUSY then). */
AVO_MUST_USE enum avo_error avo_outside_start(const struct avo_tee_start *start, struct avo_tee_started *started, int signals,
                                              char why[AVO_TEE_WHY_BYTES]);

struct avo_outside_settings {
    const struct avo_settings *settings; /* handed on, all but --simcpu */
    const char *place;                   /* where the TEE is asked */
    const char *dir;                     /* a folder to make before; NULL: none */
};

/* Outside: has this very program started inside, and stays until it ends, or until SIGTERM or SIGINT ends both. Where the settings
 * ask for no run, it prints what they ask for. Returns the exit status for main. */
AVO_MUST_USE int avo_outside_run(const struct avo_outside_settings *settings);

#endif
