/* The signals that ask a command to end: SIGINT, SIGTERM, SIGHUP. */
#ifndef AVO_CLI_BASE_SIGNALS_H
#define AVO_CLI_BASE_SIGNALS_H

#include "base/compiler.h"
#include <signal.h>
#include <stdbool.h>

/* Blocks those that our starter did not have ignored (nohup, a job of a shell's background): blocked, an ignored one would
 * come all the same. `signals` receives them. */
void avo_signals_block(sigset_t *signals);
/* Whether one of them came and waits, blocked. */
AVO_MUST_USE bool avo_signals_pending(void);
/* A descriptor that is readable when one of them came; -1: errno says why. */
AVO_MUST_USE int avo_signals_open(const sigset_t *signals);
/* The one that came, or 0. From the first on they are not caught any more: the next is the user's last word. */
int avo_signals_take(int fd);

#endif
