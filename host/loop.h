/* One worker's loop in the host: socket -> ring -> enclave -> ring -> socket, and the clock. */
#ifndef AVO_HOST_LOOP_H
#define AVO_HOST_LOOP_H

#include "boundary/region.h"
#include "host/clock.h"
#include "host/transport/transport.h"

#define AVO_LOOP_BUSY_TICK_US 10000  /* the enclave is rung so often while packets pass, for its timers */
#define AVO_LOOP_IDLE_TICK_US 250000 /* and so often otherwise */
#define AVO_LOOP_BUSY_FOR_US 1000000 /* what counts as "while packets pass" */

/* Under load the host naps instead of sleeping: the enclave need not ring it, and what gathers meanwhile goes in one batch both
 * ways, as a network card moderates its interrupts. The more passed since the last rest, the longer the next nap. It begins to nap
 * when many packets passed at once, so a lone request never meets a nap, and stops after a few naps with little to do. */
#define AVO_LOOP_NAP_PACKETS 8
#define AVO_LOOP_NAP_US_PER_PACKET 16
#define AVO_LOOP_NAP_MAX_US 250
#define AVO_LOOP_NAP_PATIENCE 4

struct avo_loop {
    uint8_t *region;
    uint32_t index;
    struct avo_ring_end inbound;
    struct avo_ring_end outbound;
    struct avo_transport *transport; /* borrowed */
    struct avo_clock clock;
    int doorbell_fd;
    uint32_t passed_count; /* packets since the last rest */
    uint32_t naps_left;    /* with little to do, before it sleeps again */
    uint64_t active_us;    /* when a packet last passed */
    uint64_t rung_us;      /* when the enclave was last rung or had its tick */
};

void avo_loop_init(struct avo_loop *loop, uint8_t *region, const struct avo_region_layout *layout, uint32_t index,
                   struct avo_transport *transport, int doorbell_fd);

/* One turn without sleeping: moves what waits both ways, rings the enclave when it sleeps and something came or its tick is due.
 * Returns how many packets passed. */
uint32_t avo_loop_turn(struct avo_loop *loop);
/* Naps under load; otherwise sleeps until a packet, a ring or a tick. False when the enclave is gone. */
AVO_MUST_USE bool avo_loop_rest(struct avo_loop *loop);

/* A thread's body: turns and rests until the enclave is gone. The argument is a struct avo_loop. */
void *avo_loop_run(void *argument);

#endif
