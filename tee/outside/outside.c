#include "tee/outside/outside.h"

const struct avo_tee_outside *avo_tee_outside(void) {
    return &avo_tee_outside_sim;
}
