/* One operation under way, and the lists it stands in. */
#ifndef AVO_CLIENT_OPERATION_H
#define AVO_CLIENT_OPERATION_H

#include "base/pool.h"
#include "client/core/core.h"

enum avo_operation_state {
    AVO_OPERATION_WAITING, /* in core->waiting: for the key secret, or for `not_before_us` */
    AVO_OPERATION_QUEUED,  /* in its session's queue: goes out with the next datagrams, once the session is open */
    AVO_OPERATION_SENT,    /* in its session's sent list, under `id` */
    AVO_OPERATION_DONE,    /* in core->done: `answer` is what the caller will see */
};

struct avo_client_operation {
    struct avo_client_request request;
    enum avo_operation_state state;
    uint32_t next; /* in its list */
    uint32_t previous;
    uint16_t session;   /* of QUEUED and SENT */
    uint8_t headed_for; /* slot of the node that it was routed to last; AVO_SLOT_CLIENT: to none yet */
    uint64_t id;        /* of its session; 0: not sent in this session */
    bool exposed;       /* a write that this session sent: the node may still run it */
    bool resent;        /* more than once in this session: nobody knows which of them is answered */
    bool delivered;     /* the node has it whole: only its outcome is to be asked for */
    bool adrift;        /* a write that an earlier session sent and nobody answered */
    uint8_t moves;      /* times it left a node: the first ones at once, later ones after a pause */
    uint64_t not_before_us;
    uint64_t begun_us;    /* submitted */
    uint32_t ticket;      /* number of the ticket that its node had been shown when it was asked */
    uint64_t asked_us;    /* sent in this session first */
    uint64_t patience_us; /* what a movable one grants a node; doubles with each that did not help */
    uint64_t resend_us;
    uint64_t resend_after_us;
    /* The last thing a node said about it, for the day nobody says more. */
    enum avo_error status;
    uint8_t slot;
    uint8_t answered;
    uint8_t needed;
    uint8_t members;
};

/* A doubly linked list of operations by index, oldest first. */
struct avo_operation_list {
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

struct avo_operation_list avo_operation_list(void);
void avo_operation_append(struct avo_operation_list *list, const struct avo_pool *pool, uint32_t index);
/* Before the oldest: for what is sent again ahead of what was never sent. */
void avo_operation_prepend(struct avo_operation_list *list, const struct avo_pool *pool, uint32_t index);
void avo_operation_remove(struct avo_operation_list *list, const struct avo_pool *pool, uint32_t index);

struct avo_client_operation *avo_operation_at(const struct avo_pool *pool, uint32_t index);
/* A put or a delete. */
bool avo_operation_writes(const struct avo_client_operation *operation);
/* May it be run by another node although this one may have it? [DESIGN 8: gets and at-least-once writes; what was never sent] */
bool avo_operation_movable(const struct avo_client_operation *operation);

#endif
