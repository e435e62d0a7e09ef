/* Which descriptor is which: what a host passes to its enclave, in this order. The first is the number at which the TEE's starter
 * puts what it was passed (tee/inside/inside.h); the others follow. */
#ifndef AVO_BOUNDARY_DESCRIPTORS_H
#define AVO_BOUNDARY_DESCRIPTORS_H

#include "base/limits.h"

enum avo_passed {
    AVO_PASSED_LAUNCH = 0,  /* a pipe: the launch in one piece; its end is the host's end */
    AVO_PASSED_REGION = 1,  /* the region, its size sealed */
    AVO_PASSED_CONTROL = 2, /* the doorbell of the control stream */
    AVO_PASSED_WORKER = 3,  /* worker 0's doorbell; worker w's is the w-th from here */
};

#define AVO_PASSED_MAX_COUNT (AVO_PASSED_WORKER + AVO_WORKER_MAX_COUNT)

#endif
