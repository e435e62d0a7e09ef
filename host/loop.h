/* One worker's loop in the host: socket -> ring -> enclave -> ring -> socket, and the clock. */
#ifndef AVO_HOST_LOOP_H
#define AVO_HOST_LOOP_H

#include "boundary/region.h"
#include "host/clock.h"
#include "host/transport/transport.h"

#define AVO_LOOP_BUSY_TICK_US 10000  /* the enclave is rung so often while packets pass, for its timers */
#define AVO_LOOP_IDLE_TICK_US 250000 /* and so often otherwise */
#define AVO_LOOP_BUSY_FOR_US 1000000 /* what counts as "while packets pass" */

/* After packets passed the host does not sleep at once: it yields a few times to what has work, most likely the enclave. That
 * need not ring it meanwhile, and what gathers goes in one batch. */
#define AVO_LOOP_YIELD_COUNT 4

struct avo_loop {
    uint8_t *region;
    uint32_t index;
    struct avo_ring_end inbound;
    struct avo_ring_end outbound;
    struct avo_transport *transport; /* borrowed */
    const struct avo_clock *clock;   /* borrowed: the node's */
    int doorbell_fd;                 /* -1: the enclave runs on this very thread */
    uint32_t yields_left;            /* before it sleeps */
    uint64_t now_us;                 /* when this turn began */
    uint64_t active_us;              /* when a packet last passed */
    uint64_t rung_us;                /* when the enclave was last rung or had its tick */
};

void avo_loop_init(struct avo_loop *loop, uint8_t *region, const struct avo_region_layout *layout, uint32_t index,
                   struct avo_transport *transport, const struct avo_clock *clock, int doorbell_fd);

/* One turn, in two halves that never sleep. The first sets the clock, takes in what waits, and rings the enclave when it sleeps and
 * something came or its tick is due; the second sends what the enclave left. Each returns how many packets passed. */
uint32_t avo_loop_receive(struct avo_loop *loop);
uint32_t avo_loop_send(struct avo_loop *loop);
/* Yields while packets passed a moment ago; otherwise sleeps until a packet, a ring or a tick. False when the enclave is gone. */
AVO_MUST_USE bool avo_loop_rest(struct avo_loop *loop);

/* A thread's body: turns and rests until the enclave is gone. The argument is a struct avo_loop. */
void *avo_loop_run(void *argument);

#endif
