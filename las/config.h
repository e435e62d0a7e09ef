/* What a LAS is made of, and its limits. */
#ifndef AVO_LAS_CONFIG_H
#define AVO_LAS_CONFIG_H

#include "base/limits.h"
#include "base/random.h"
#include "protocol/channel/aead.h"

#define AVO_LAS_LOCAL_DEFAULT_COUNT 64
#define AVO_LAS_LOCAL_IDLE_US 5000000 /* a connection without a question keeps its place for so long */

struct avo_las_config {
    uint32_t local_max_count;
    uint8_t tee;                                  /* enum avo_tee: what the LAS itself runs in */
    const struct avo_aead *aead;                  /* borrowed, as `random` */
    struct avo_random *random;                    /* makes the keys at once */
    uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES]; /* the one CAS it proves itself to, for its whole life */
    uint8_t measurement[32]; /* its own, for which enclaves make their reports; a wrong one makes none verify */
};

#endif
