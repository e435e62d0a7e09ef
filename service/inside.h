/* What the inside of a measured daemon (CAS, LAS) does before it serves: one a folder, its memory, its randomness. */
#ifndef AVO_TEE_SIM_INSIDE_H
#define AVO_TEE_SIM_INSIDE_H

#include "base/cursor.h"
#include "base/drbg.h"
#include "trusted/process/memory.h"

struct avo_inside {
    const char *name; /* "cas": of avocado-cas, which writes cas.pid. Static storage */
    struct avo_memory memory;
    uint64_t memory_bytes;
    struct avo_drbg random;
    int signals; /* SIGTERM and SIGINT, to poll */
};

/* 0, or AVO_SERVICE_REFUSED after a line that says what the kernel or another daemon in the folder `dir` would not let it do. */
AVO_MUST_USE int avo_inside_begin(struct avo_inside *inside, const char *name, const char *dir, uint64_t memory_bytes);
/* The budget does not hold the connections: AVO_SERVICE_REFUSED after a line. */
int avo_inside_refuse_memory(const struct avo_inside *inside);
/* The simulated CPU does not answer, or ended (`gone`): AVO_SERVICE_REFUSED after a line. */
int avo_inside_refuse_cpu(const struct avo_inside *inside, bool gone);
/* Evidence over `report_data`; empty when the CPU gives none. `context` is not used. */
void avo_inside_evidence(void *context, const uint8_t *report_data, struct avo_buffer *quote);

#endif
