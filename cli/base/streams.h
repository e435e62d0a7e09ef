/* Streams of `avocado` that go on where a signal interrupts them: stdio by itself takes that for an error, and drops what it had.
 */
#ifndef AVO_CLI_BASE_STREAMS_H
#define AVO_CLI_BASE_STREAMS_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stdio.h>

/* Before anything is opened or printed: no standard stream is closed, and all go on so. False: they cannot be had. */
AVO_MUST_USE bool avo_cli_streams_open(void);
/* Reads `fd`, which fclose closes. NULL: no memory, `fd` is still open. */
AVO_MUST_USE FILE *avo_cli_stream(int fd);
/* The last thing of a command that ends with `code`: what was printed must have arrived, or else one line says so. Gives the code
 * to end with. */
int avo_cli_streams_flush(int code);

#endif
