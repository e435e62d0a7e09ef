#include "trusted/process/serve.h"
#include "boundary/doorbell.h"
#include "boundary/shared.h"
#include "trusted/process/doorbell.h"
#include "trusted/process/exit.h"
#include "trusted/process/sandbox.h"
#include <immintrin.h>

/* The ring's two indices only say here whether it is worth to poll or to ring. */

#define RING_PACKETS 64 /* so many packets are worth a ring while there is more to do; fewer wait until there is not */

struct watch {
    const uint8_t *inbound;
    const uint8_t *outbound;
    uint64_t outbound_produced; /* when the host was last rung or found awake */
};

static bool inbound_waits(const struct watch *watch) {
    return avo_shared_load(watch->inbound + AVO_RING_PRODUCED_OFFSET) != avo_shared_load(watch->inbound + AVO_RING_CONSUMED_OFFSET);
}

/* At most one ring a sleep of the host, and none while it is awake, or for fewer than `packets_min` packets. */
static void ring_when_asleep(const struct avo_serve *serve, struct watch *watch, uint64_t packets_min) {
    uint64_t produced = avo_shared_load(watch->outbound + AVO_RING_PRODUCED_OFFSET);
    if (produced - watch->outbound_produced < packets_min) {
        return;
    }
    watch->outbound_produced = produced;
    if (avo_doorbell_host_take(serve->region, serve->index)) {
        avo_doorbell_ring(serve->doorbell_fd);
    }
}

static bool spin(const struct avo_serve *serve, const struct watch *watch) {
    for (uint32_t turn = 0; turn < serve->spin_turns; turn++) {
        if (inbound_waits(watch)) {
            return true;
        }
        _mm_pause();
    }
    return false;
}

/* The announcement comes before the second look, or a packet between look and sleep would wait for the next tick. */
static void rest(const struct avo_serve *serve, const struct watch *watch) {
    if (!avo_worker_idle(serve->worker) && spin(serve, watch)) {
        return;
    }
    avo_doorbell_enclave_sleep(serve->region, serve->index, true);
    if (!inbound_waits(watch)) {
        avo_doorbell_wait(serve->doorbell_fd);
    }
    avo_doorbell_enclave_sleep(serve->region, serve->index, false);
}

void *avo_serve_run(void *argument) {
    const struct avo_serve *serve = argument;
    struct avo_region_worker door = avo_region_worker(serve->region, serve->layout, serve->index);
    struct watch watch = {door.inbound.memory, door.outbound.memory, 0};
    if (avo_sandbox_enter((struct avo_sandbox){serve->doorbell_fd, serve->doorbell_fd, AVO_SANDBOX_NO_FD}) != AVO_OK) {
        avo_process_end(AVO_ENDING_SANDBOX, "the kernel refused the system call filter: allow seccomp");
    }
    for (;;) {
        uint32_t done = avo_worker_poll(serve->worker, avo_region_clock(serve->region));
        ring_when_asleep(serve, &watch, done > 0 ? RING_PACKETS : 1);
        if (done == 0) {
            rest(serve, &watch);
        }
    }
}
