/* How an enclave process ends, as its exit status: the last thing that it tells its host. */
#ifndef AVO_BOUNDARY_ENDING_H
#define AVO_BOUNDARY_ENDING_H

enum avo_process_exit {
    AVO_EXIT_USAGE = 2,      /* started by hand */
    AVO_EXIT_LAUNCH = 10,    /* the launch or the region is not what it must be */
    AVO_EXIT_MEMORY = 11,    /* the budget, locked memory or threads are not to be had, or too small for the workers */
    AVO_EXIT_REFUSED = 12,   /* the CAS refused */
    AVO_EXIT_CAS_KEY = 13,   /* whoever answers does not hold the CAS key it must obey */
    AVO_EXIT_HOST_GONE = 14, /* its host ended */
    AVO_EXIT_SANDBOX = 15,   /* the kernel would not lock it in */
    AVO_EXIT_LAS = 16,       /* the LAS would not vouch for it */
    AVO_EXIT_MACHINE = 17,   /* its CPU gave no report or no randomness, or the host broke the rules of the control channel */
};

#endif
