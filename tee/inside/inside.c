#include "tee/inside/inside.h"

static const struct avo_tee_inside *const backends[] = {&avo_tee_inside_sim};

const struct avo_tee_inside *avo_tee_inside(void) {
    for (size_t i = 0; i < AVO_COUNT(backends); i++) {
        if (backends[i]->present()) {
            return backends[i];
        }
    }
    return NULL;
}
