/* A process that runs a measured image, with its instruction channel. */
#ifndef AVO_TEE_SIM_CHILD_H
#define AVO_TEE_SIM_CHILD_H

#include "tee/sim/image.h"
#include <sys/types.h>

struct avo_child {
    pid_t process;
    int instruction_fd; /* the CPU's end */
    uint8_t measurement[AVO_MEASURE_BYTES];
};

/* Starts `image` with these arguments and no environment. `descriptors`: as in tee/sim/message.h, borrowed; the first (the file) is
 * not passed on. The child is killed when the calling thread dies: without its CPU nothing runs. AVO_EIO with `why`. */
AVO_MUST_USE enum avo_error avo_child_start(const struct avo_image *image, const struct avo_simcpu_arguments *arguments,
                                            const int *descriptors, size_t descriptor_count, struct avo_child *child,
                                            char why[AVO_SIMCPU_WHY_BYTES]);

#endif
