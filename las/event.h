/* What happens to a LAS. Enclaves (their hosts, to be exact) are numbers that the shell chooses, below the configured count. */
#ifndef AVO_LAS_EVENT_H
#define AVO_LAS_EVENT_H

#include "base/bytes.h"

enum avo_las_event_kind {
    AVO_LAS_OPENED = 1,           /* a connection to the CAS stands */
    AVO_LAS_BYTES = 2,            /* the CAS sent `bytes` */
    AVO_LAS_CLOSED = 3,           /* that connection is gone */
    AVO_LAS_EVIDENCE_READY = 4,   /* answers NEED_EVIDENCE: `bytes`, empty when the TEE gave none */
    AVO_LAS_LOCAL_MESSAGE = 5,    /* enclave `local` sent the message `bytes` */
    AVO_LAS_LOCAL_CLOSED = 6,     /* it is gone */
    AVO_LAS_REPORT_KEY_READY = 7, /* answers NEED_REPORT_KEY: `bytes`, empty when the TEE gave none */
};

struct avo_las_event {
    enum avo_las_event_kind kind;
    uint32_t local;         /* 0 for events of none */
    struct avo_slice bytes; /* borrowed for the step; the shell wipes a report key */
};

#endif
