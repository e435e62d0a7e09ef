#include "client/io/link.h"
#include "base/secret.h"
#include "client/io/clock.h"
#include "client/io/endpoint.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define AEAD_MEMORY_BYTES (1 << 20)
#define RECEIVE_ROUNDS 8 /* then send what became due: acknowledgements must not wait for a flood to end */

static void *memory_take(size_t bytes) {
    size_t rounded = (bytes + AVO_CACHE_LINE_BYTES - 1) / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES;
    void *memory = aligned_alloc(AVO_CACHE_LINE_BYTES, rounded);
    if (memory != NULL) {
        memset(memory, 0, rounded);
    }
    return memory;
}

bool avo_link_aead_open(struct avo_link_aead *engine) {
    engine->memory = memory_take(AEAD_MEMORY_BYTES);
    if (engine->memory == NULL) {
        return false;
    }
    struct avo_arena arena = avo_arena(engine->memory, AEAD_MEMORY_BYTES);
    engine->aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    return engine->aead != NULL;
}

void avo_link_aead_close(struct avo_link_aead *engine) {
    free(engine->memory);
    *engine = (struct avo_link_aead){0};
}

static bool all_ipv4(const struct avo_view *view) {
    for (uint8_t i = 0; i < view->member_count; i++) {
        if (!avo_endpoint_is_ipv4(&view->members[i].address)) {
            return false;
        }
    }
    return true;
}

enum avo_error avo_link_open(struct avo_link *link, const struct avo_link_config *config) {
    struct avo_client_core_config core = {.view = config->view,
                                          .key = config->key,
                                          .signed_ticket = config->signed_ticket,
                                          .aead = config->aead,
                                          .random = config->random,
                                          .operation_count = config->operation_count,
                                          .transfer_count = config->transfer_count,
                                          .transfer_max_bytes = config->transfer_max_bytes,
                                          .first_slot = AVO_SLOT_CLIENT};
    memset(link, 0, sizeof *link);
    if (!avo_udp_open(&link->udp, all_ipv4(config->view))) {
        return AVO_EIO;
    }
    link->open = true;
    link->memory_bytes = avo_client_core_bytes(&core);
    link->memory = memory_take(link->memory_bytes);
    if (link->memory == NULL) {
        avo_link_close(link);
        errno = ENOMEM;
        return AVO_EIO;
    }
    struct avo_arena arena = avo_arena(link->memory, link->memory_bytes);
    link->core = avo_client_core_create(&arena, &core);
    if (link->core == NULL) {
        avo_link_close(link);
        return AVO_EINVAL;
    }
    return AVO_OK;
}

void avo_link_close(struct avo_link *link) {
    if (link->core != NULL) {
        avo_client_core_wipe(link->core);
    }
    if (link->open) {
        avo_udp_close(&link->udp);
    }
    free(link->memory);
    *link = (struct avo_link){0};
}

void avo_link_send(struct avo_link *link, struct avo_udp_batch *batch) {
    uint64_t now_us = avo_clock_us();
    struct avo_address to;
    batch->count = 0;
    for (;;) {
        struct avo_buffer packet = avo_udp_slot(batch);
        if (!avo_client_core_next_datagram(link->core, &to, &packet, now_us)) {
            break;
        }
        avo_udp_add(&link->udp, batch, &to, packet.length);
        if (batch->count == AVO_UDP_BATCH) {
            avo_udp_send(&link->udp, batch);
        }
    }
    avo_udp_send(&link->udp, batch);
}

static void drain(struct avo_link *link, const struct avo_link_sink *sink) {
    struct avo_client_completion completion;
    while (avo_client_core_next_completion(link->core, &completion)) {
        sink->done(sink->context, &completion);
    }
}

void avo_link_receive(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_link_sink *sink) {
    struct avo_address address;
    uint64_t now_us = avo_clock_us();
    for (int round = 0; round < RECEIVE_ROUNDS; round++) {
        unsigned count = avo_udp_receive(&link->udp, batch);
        for (unsigned i = 0; i < count; i++) {
            avo_client_core_on_datagram(link->core, avo_udp_received(batch, i), now_us);
            drain(link, sink);
        }
        if (count < AVO_UDP_BATCH) {
            break;
        }
    }
    while (avo_udp_unreachable(&link->udp, &address)) {
        avo_client_core_on_unreachable(link->core, &address, now_us);
    }
    avo_client_core_tick(link->core, now_us);
    drain(link, sink);
}

void avo_link_turn(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_link_sink *sink, uint64_t until_us) {
    avo_link_send(link, batch);
    uint64_t now_us = avo_clock_us();
    uint64_t wake_us = avo_client_core_wake_us(link->core);
    wake_us = wake_us < until_us ? wake_us : until_us;
    uint64_t wait_us = wake_us > now_us ? wake_us - now_us : 0;
    struct timespec wait = {.tv_sec = (time_t)(wait_us / 1000000), .tv_nsec = (long)(wait_us % 1000000 * 1000)};
    struct pollfd ready = {.fd = link->udp.fd, .events = POLLIN};
    (void)ppoll(&ready, 1, &wait, NULL);
    avo_link_receive(link, batch, sink);
}
