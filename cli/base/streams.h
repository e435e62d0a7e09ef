/* Streams of `avocado` that go on where a signal interrupts them: stdio by itself takes that for an error, and drops what it had.
 */
#ifndef AVO_CLI_BASE_STREAMS_H
#define AVO_CLI_BASE_STREAMS_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stdio.h>

/* Before anything is opened or printed: no standard stream is closed, and all go on so. False: they cannot be had. */
AVO_MUST_USE bool avo_cli_streams_open(void);
/* The line that was written to standard error last, without its "avocado: ". Never NULL; borrowed until the next is written. */
const char *avo_cli_streams_said(void);
/* Whether the command wrote to standard output, or has something to be written there. */
bool avo_cli_streams_answered(void);
/* The last thing of a command that ends with `code`: what was printed must have arrived, or else one line says so. Gives the code
 * to end with. */
int avo_cli_streams_flush(int code);

#endif
