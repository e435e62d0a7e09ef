/* How an enclave process ends, as its exit status: the last thing that it tells its host. */
#ifndef AVO_BOUNDARY_ENDING_H
#define AVO_BOUNDARY_ENDING_H

#include <stdbool.h>

enum avo_ending {
    AVO_ENDING_USAGE = 2,      /* started by hand */
    AVO_ENDING_LAUNCH = 10,    /* the launch or the region is not what it must be */
    AVO_ENDING_MEMORY = 11,    /* the budget, locked memory or threads are not to be had, or too small for the workers */
    AVO_ENDING_REFUSED = 12,   /* the CAS refused */
    AVO_ENDING_CAS_KEY = 13,   /* what answers does not hold the CAS key it must obey */
    AVO_ENDING_HOST_GONE = 14, /* its host ended */
    AVO_ENDING_SANDBOX = 15,   /* the kernel would not lock it in */
    AVO_ENDING_LAS = 16,       /* the LAS would not vouch for it */
    AVO_ENDING_MACHINE = 17,   /* its CPU gave no report or no randomness, or the host broke the rules of the control channel */
    AVO_ENDING_LEFT = 18,      /* it left the view: another start took its slot, or it was removed */
};

/* What an exit status says of it, for a person. */
const char *avo_ending_text(int status);
/* Whether it will end so again, however often it is started: it was refused, or cannot have what its launch asks for. */
bool avo_ending_is_final(int status);

#endif
