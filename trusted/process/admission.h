/* Becoming a member: carries the bytes of the join (trusted/steward/join.h) over the control stream, and has the CPU make the
 * evidence: a quote, or a local report that the LAS beside it vouches for (trusted/steward/vouch.h). */
#ifndef AVO_PROCESS_ADMISSION_H
#define AVO_PROCESS_ADMISSION_H

#include "boundary/relay.h"
#include "protocol/control/control.h"
#include "tee/inside/inside.h"
#include "trusted/steward/join.h"
#include "trusted/steward/vouch.h"

struct avo_admission_config {
    uint8_t *region;
    struct avo_join_config join;
    const struct avo_tee_inside *tee;
    int doorbell_fd; /* of the control stream: rung for every change, both ways */
};

struct avo_admission {
    struct avo_admission_config config;
    struct avo_stream_end from_host;
    struct avo_stream_end to_host;
    struct avo_relay_reader reader;
    struct avo_relay_writer writer;
    struct avo_join join;
    bool open;             /* a connection to the CAS stands */
    bool answered;         /* the CAS sent something on it */
    bool closing;          /* the host is to close it and open another */
    uint32_t silent_count; /* connections in a row that the CAS ended without a word */
    uint32_t lost_count;   /* joins that were lost */
    uint8_t out_memory[2 * AVO_JOIN_OUT_BYTES];
    struct avo_buffer out;
    size_t out_sent;
    struct avo_vouch vouch;
    uint8_t to_las[AVO_LOCAL_MAX_BYTES]; /* the message that did not fit the stream yet */
    size_t to_las_length;
    uint8_t evidence[AVO_EVIDENCE_MAX_BYTES];
};

/* Blocks until this enclave is a member; its identity lies in `admission` from then on. A join that is
 * lost is tried again for ever; the process ends with the CAS's reason when it is refused. `admission` is taken from the arena, all
 * zero. */
const struct avo_identity *avo_admission_run(struct avo_admission *admission, const struct avo_admission_config *config);

#endif
