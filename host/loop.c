#include "host/loop.h"
#include "boundary/doorbell.h"
#include "host/enclave.h"
#include <poll.h>
#include <sched.h>

#define FULL_WAIT_MS 5

void avo_loop_init(struct avo_loop *loop, uint8_t *region, const struct avo_region_layout *layout, uint32_t index,
                   struct avo_transport *transport, const struct avo_clock *clock, int doorbell_fd) {
    struct avo_region_worker door = avo_region_worker(region, layout, index);
    *loop = (struct avo_loop){.region = region,
                              .index = index,
                              .inbound = door.inbound,
                              .outbound = door.outbound,
                              .transport = transport,
                              .clock = clock,
                              .doorbell_fd = doorbell_fd};
}

static uint64_t tick_us(const struct avo_loop *loop, uint64_t now_us) {
    return now_us - loop->active_us < AVO_LOOP_BUSY_FOR_US ? AVO_LOOP_BUSY_TICK_US : AVO_LOOP_IDLE_TICK_US;
}

/* The clock is set before every ring: what wakes the enclave also tells it the time. */
static void ring_when_asleep(struct avo_loop *loop) {
    loop->rung_us = loop->now_us;
    if (avo_doorbell_enclave_take(loop->region, loop->index)) {
        avo_doorbell_host_ring(loop->doorbell_fd);
    }
}

static void note_passed(struct avo_loop *loop, uint32_t count) {
    if (count > 0) {
        loop->active_us = loop->now_us;
        loop->yields_left = AVO_LOOP_YIELD_COUNT;
    } else {
        avo_ring_produced_retell(&loop->inbound);
        avo_ring_consumed_retell(&loop->outbound);
    }
}

uint32_t avo_loop_receive(struct avo_loop *loop) {
    loop->now_us = avo_clock_monotonic();
    avo_region_clock_set(loop->region, avo_clock_wall(loop->clock, loop->now_us));
    uint32_t received = loop->transport->methods->receive(loop->transport, &loop->inbound);
    avo_ring_publish(&loop->inbound);
    if (received > 0 || loop->now_us - loop->rung_us >= tick_us(loop, loop->now_us)) {
        ring_when_asleep(loop);
    }
    note_passed(loop, received);
    return received;
}

uint32_t avo_loop_send(struct avo_loop *loop) {
    uint32_t sent = loop->transport->methods->send(loop->transport, &loop->outbound);
    note_passed(loop, sent);
    return sent;
}

/* While the ring has no room the socket keeps the packets, and is not polled, or a stopped enclave would make its host spin. */
static bool sleep_until_woken(struct avo_loop *loop) {
    bool send_blocked;
    bool full = loop->transport->held || avo_ring_reserve(&loop->inbound) == NULL;
    int fd = loop->transport->methods->poll_fd(loop->transport, &send_blocked);
    struct pollfd polls[] = {
        {.fd = fd, .events = (short)((full ? 0 : POLLIN) | (send_blocked ? POLLOUT : 0))},
        {.fd = loop->doorbell_fd, .events = POLLIN},
    };
    uint64_t now_us = avo_clock_monotonic();
    int wait_ms = full ? FULL_WAIT_MS : (int)(tick_us(loop, now_us) / 1000);
    bool alive = true;
    avo_doorbell_host_sleep(loop->region, loop->index, true);
    if (send_blocked || !avo_ring_waits(&loop->outbound)) {
        (void)poll(polls, AVO_COUNT(polls), wait_ms);
    }
    avo_doorbell_host_sleep(loop->region, loop->index, false);
    if (polls[1].revents != 0) {
        alive = avo_doorbell_host_drain(loop->doorbell_fd);
    }
    return alive;
}

bool avo_loop_rest(struct avo_loop *loop) {
    if (loop->yields_left == 0) {
        return sleep_until_woken(loop);
    }
    loop->yields_left--;
    (void)sched_yield();
    return true;
}

void *avo_loop_run(void *argument) {
    struct avo_loop *loop = argument;
    do {
        while (avo_loop_receive(loop) + avo_loop_send(loop) > 0) {
        }
    } while (avo_loop_rest(loop));
    return NULL;
}
