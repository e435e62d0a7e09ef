/* A program as the simulated CPU will run it: read once into a sealed memory file, and measured there. What is measured is what
 * runs, whatever happens to the file meanwhile [DESIGN 3]. */
#ifndef AVO_TEE_SIM_IMAGE_H
#define AVO_TEE_SIM_IMAGE_H

#include "tee/sim/measure.h"
#include "tee/sim/message.h"

#define AVO_IMAGE_MAX_BYTES (64U << 20)

struct avo_image {
    int fd; /* sealed; the owner's to close */
    uint8_t measurement[AVO_MEASURE_BYTES];
};

/* Loads the file open at `file_fd`, called `name` in messages. AVO_EIO, AVO_ETOOBIG, AVO_EFORMAT (no x86-64 executable) or
 * AVO_EDENIED (linked dynamically), with `why` in one line. */
AVO_MUST_USE enum avo_error avo_image_load(int file_fd, const char *name, struct avo_image *image, char why[AVO_SIMCPU_WHY_BYTES]);

#endif
