/* The three standard descriptors. */
#ifndef AVO_DAEMON_STANDARD_H
#define AVO_DAEMON_STANDARD_H

#include "base/compiler.h"
#include <stdbool.h>

/* Before anything is opened: one that is closed must not become a socket or a file of ours, to which lines or values would go. It
 * is opened the wrong way round, so that its use fails. False: /dev/null cannot be opened. */
AVO_MUST_USE bool avo_standard_reserve(void);

#endif
