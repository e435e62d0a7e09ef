/* Last words: each ending but AVO_ENDING_HOST_GONE is one line on standard error and an exit status (boundary/ending.h). */
#ifndef AVO_PROCESS_EXIT_H
#define AVO_PROCESS_EXIT_H

#include "base/compiler.h"
#include "base/log_level.h"
#include "boundary/ending.h"

/* Prints "<N>", the program's name and the line (base/log_level.h), and ends the process. Before the sandbox is entered only. */
_Noreturn void avo_process_end(enum avo_ending status, const char *format, ...) AVO_PRINTF(2, 3);
/* Where lines go from here on instead: for a program that is its own host, as avocado-inline is. Before any thread starts. */
void avo_process_log(void (*line)(enum avo_log_level level, const char *text));
/* One line on standard error. */
void avo_process_say(enum avo_log_level level, const char *format, ...) AVO_PRINTF(2, 3);

#endif
