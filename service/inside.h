/* What the inside of a measured daemon (CAS, LAS) does before it serves: one a folder, its memory, its randomness. */
#ifndef AVO_SERVICE_INSIDE_H
#define AVO_SERVICE_INSIDE_H

#include "base/cursor.h"
#include "base/drbg.h"
#include "service/watch.h"
#include "tee/inside/inside.h"
#include "trusted/process/memory.h"

struct avo_inside {
    const char *name; /* "cas": of avocado-cas, which writes cas.pid. Static storage */
    struct avo_memory memory;
    uint64_t memory_bytes;
    struct avo_drbg random;
    const struct avo_tee_inside *tee;
    struct avo_watch watch; /* what to poll beside its own sockets */
};

/* 0, or AVO_SERVICE_REFUSED after a line that says what the kernel or another daemon in the folder `dir` would not let it do. */
AVO_MUST_USE int avo_inside_begin(struct avo_inside *inside, const char *name, const char *dir, uint64_t memory_bytes);
/* The budget does not hold the connections: AVO_SERVICE_REFUSED after a line. */
int avo_inside_refuse_memory(const struct avo_inside *inside);
/* The TEE does not answer, or ended (`gone`): AVO_SERVICE_REFUSED after a line. */
int avo_inside_refuse_cpu(const struct avo_inside *inside, bool gone);
/* The line that it serves, as `what` ("ready as LAS ..."), and what a user must know of its TEE; then the outside hears it too. */
void avo_inside_ready(const struct avo_inside *inside, const char *what);
/* Evidence over `report_data`, empty when the TEE gives none. */
void avo_inside_evidence(const struct avo_inside *inside, const uint8_t *report_data, struct avo_buffer *evidence);
/* The exit status of a daemon whose serving ended so; says why where that is not yet said. */
int avo_inside_ended(const struct avo_inside *inside, enum avo_watch_ending ending);

#endif
