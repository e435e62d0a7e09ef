/* What can happen to a steward: the only way anything gets in [DESIGN 4]. */
#ifndef AVO_STEWARD_EVENT_H
#define AVO_STEWARD_EVENT_H

#include "base/bytes.h"
#include <avocado/error.h>

enum avo_steward_event_type {
    AVO_STEWARD_OPENED,   /* a connection to the CAS stands; whatever came before belongs to a dead one */
    AVO_STEWARD_BYTES,    /* of the CAS: `bytes` */
    AVO_STEWARD_CLOSED,   /* that connection ended */
    AVO_STEWARD_LAS,      /* a message of the LAS beside it, or what the host says is one: `bytes` */
    AVO_STEWARD_EVIDENCE, /* the answer to MAKE_EVIDENCE: `error`, `bytes` */
    AVO_STEWARD_REPORT,   /* the answer to MAKE_REPORT: `error`, `bytes` of a local report */
    AVO_STEWARD_ADOPTED,  /* worker `worker` is in the view of `epoch` */
    AVO_STEWARD_SYNCED,   /* worker `worker` has pulled every key for the view of `epoch` [V5, V6] */
    AVO_STEWARD_VIEW,     /* a peer sent a signed view: `bytes` */
};

/* Bytes are enclave memory, borrowed for the step. */
struct avo_steward_event {
    enum avo_steward_event_type type;
    enum avo_error error;
    struct avo_slice bytes;
    uint32_t worker;
    uint32_t epoch;
};

#endif
