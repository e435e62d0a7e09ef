/* What happens to a CAS. Connections are numbers the shell chooses, below the configured count, one at a time each. */
#ifndef AVO_CAS_EVENT_H
#define AVO_CAS_EVENT_H

#include "base/bytes.h"
#include "protocol/control/text.h"

enum avo_cas_event_kind {
    AVO_CAS_OPENED = 1,         /* a peer connected */
    AVO_CAS_BYTES = 2,          /* it sent `bytes` */
    AVO_CAS_CLOSED = 3,         /* it is gone (also after a CLOSE effect: not needed then) */
    AVO_CAS_TICK = 4,           /* time passed: at least once a second */
    AVO_CAS_EVIDENCE_READY = 5, /* answers NEED_EVIDENCE: `bytes`, empty when the TEE gave none */
    AVO_CAS_PERSISTED = 6,      /* answers PERSIST: `error`, and `bytes` says why not (text) */
    AVO_CAS_CROWDED = 7,        /* all connections are taken and another peer waits: CLOSE of one follows, unless none can go */
};

struct avo_cas_event {
    enum avo_cas_event_kind kind;
    uint32_t connection;    /* 0 for events of none */
    struct avo_slice bytes; /* borrowed for the step */
    enum avo_error error;
    uint64_t now_us; /* any clock that goes forward */
    uint64_t now_s;  /* Unix time: expiry of tickets and collateral, best effort */
};

#endif
