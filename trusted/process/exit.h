/* Last words: each ending but AVO_EXIT_HOST_GONE is one line on standard error and an exit status (boundary/ending.h). */
#ifndef AVO_PROCESS_EXIT_H
#define AVO_PROCESS_EXIT_H

#include "base/compiler.h"
#include "boundary/ending.h"

/* Prints the program's name and the line, and ends the process. Before the sandbox is entered only. */
_Noreturn void avo_process_end(enum avo_process_exit status, const char *format, ...) AVO_PRINTF(2, 3);
/* One line on standard error. */
void avo_process_say(const char *format, ...) AVO_PRINTF(1, 2);

#endif
