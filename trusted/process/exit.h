/* How an enclave process ends, for whoever started it. Each ending but HOST_GONE is also one line on standard error. */
#ifndef AVO_PROCESS_EXIT_H
#define AVO_PROCESS_EXIT_H

#include "base/compiler.h"

enum avo_process_exit {
    AVO_EXIT_USAGE = 2,      /* started by hand */
    AVO_EXIT_LAUNCH = 10,    /* the launch or the region is not what it must be */
    AVO_EXIT_MEMORY = 11,    /* the budget, locked memory or threads are not to be had, or too small for the workers */
    AVO_EXIT_REFUSED = 12,   /* the CAS refused, or the control channel broke its rules */
    AVO_EXIT_CAS_KEY = 13,   /* whoever answers does not hold the CAS key it must obey */
    AVO_EXIT_HOST_GONE = 14, /* its host ended */
    AVO_EXIT_SANDBOX = 15,   /* the kernel would not lock it in */
};

/* Prints "avocado-enclave: " and the line, and ends the process. Before the sandbox is entered only. */
_Noreturn void avo_process_end(enum avo_process_exit status, const char *format, ...) AVO_PRINTF(2, 3);
/* One line on standard error. */
void avo_process_say(const char *format, ...) AVO_PRINTF(1, 2);

#endif
