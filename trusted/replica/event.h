/* What can happen to a replica: the only way anything gets in. Time is a field of the event [DESIGN 4]. */
#ifndef AVO_REPLICA_EVENT_H
#define AVO_REPLICA_EVENT_H

#include "protocol/view/view.h"
#include "protocol/wire/message.h"

enum avo_event_type {
    AVO_EVENT_TICK,    /* time passed: hedges, resends, deadlines, scrubbing */
    AVO_EVENT_VIEW,    /* a view was adopted; the first one makes the replica serve */
    AVO_EVENT_MESSAGE, /* from the replica in `slot`: a message of replicas (avo_message_is_of_replicas) */
    AVO_EVENT_REQUEST, /* from a client; `origin` is echoed in the reply */
};

/* Messages come authenticated: the channel proved the slot, its incarnation, epoch and worker [V2]. All bytes are enclave memory,
 * borrowed for the step. */
struct avo_event {
    enum avo_event_type type;
    uint64_t now_us; /* the host's clock, made monotonic: decides only when to retry */
    uint8_t slot;
    uint64_t origin;
    union {
        const struct avo_view *view;
        const struct avo_message *message;
        const struct avo_request *request;
    };
};

#endif
