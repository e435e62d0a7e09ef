#include "client/io/link.h"
#include "client/dialog/marked.h"
#include "client/io/clock.h"
#include "client/io/endpoint.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define AEAD_MEMORY_BYTES (1 << 20)
#define RECEIVE_ROUNDS 8 /* then send what became due: acknowledgements must not wait for a flood to end */

bool avo_link_aead_open(struct avo_link_aead *engine) {
    engine->memory = avo_marked_take(AEAD_MEMORY_BYTES);
    if (engine->memory == NULL) {
        return false;
    }
    struct avo_arena arena = avo_arena(engine->memory, AEAD_MEMORY_BYTES);
    engine->aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    return engine->aead != NULL;
}

void avo_link_aead_close(struct avo_link_aead *engine) {
    avo_marked_give(engine->memory, AEAD_MEMORY_BYTES);
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
                                          .cas_sign_public = config->cas_sign_public,
                                          .key = config->key,
                                          .signed_ticket = config->signed_ticket,
                                          .aead = config->aead,
                                          .random = config->random,
                                          .renews = config->renews,
                                          .operation_count = config->operation_count,
                                          .transfer_count = config->transfer_count,
                                          .transfer_max_bytes = config->transfer_max_bytes,
                                          .first_slot = AVO_SLOT_CLIENT};
    memset(link, 0, sizeof *link);
    if (!avo_udp_open(&link->udp, all_ipv4(config->view))) {
        return AVO_EIO;
    }
    link->open = true;
    link->memory_bytes = avo_client_core_bytes(&core) + AVO_CACHE_LINE_BYTES;
    link->memory = avo_marked_take(link->memory_bytes);
    if (link->memory == NULL) {
        int reason = errno;
        avo_link_close(link);
        errno = reason;
        return AVO_EIO;
    }
    struct avo_arena arena = avo_arena(link->memory, link->memory_bytes);
    uint8_t *own = avo_arena_take(&arena, 1, 1);
    link->core = avo_client_core_create(&arena, &core);
    if (own == NULL || link->core == NULL) {
        avo_link_close(link);
        return AVO_EINVAL;
    }
    *own = 1;
    link->own = own;
    return AVO_OK;
}

bool avo_link_is_own(const struct avo_link *link) {
    return *link->own != 0;
}

void avo_link_close(struct avo_link *link) {
    if (link->core != NULL) {
        avo_client_core_wipe(link->core);
    }
    if (link->open) {
        avo_udp_close(&link->udp);
    }
    avo_marked_give(link->memory, link->memory_bytes);
    *link = (struct avo_link){0};
}

void avo_link_send(struct avo_link *link, struct avo_udp_batch *batch) {
    uint64_t now_us = avo_clock_us();
    struct avo_address to;
    avo_udp_begin(batch);
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

bool avo_link_take(struct avo_link *link, struct avo_udp_batch *in, struct avo_client_completion *completion) {
    struct avo_slice datagram;
    while (!avo_client_core_next_completion(link->core, completion)) {
        if (!avo_udp_take(in, &datagram)) {
            return false;
        }
        avo_client_core_on_datagram(link->core, datagram, link->now_us);
    }
    return true;
}

bool avo_link_fetch(struct avo_link *link, struct avo_udp_batch *in) {
    bool more = avo_udp_receive(&link->udp, in);
    link->now_us = avo_clock_us();
    return more;
}

void avo_link_tick(struct avo_link *link) {
    struct avo_address address;
    link->now_us = avo_clock_us();
    while (avo_udp_unreachable(&link->udp, &address)) {
        avo_client_core_on_unreachable(link->core, &address, link->now_us);
    }
    avo_client_core_tick(link->core, link->now_us);
}

void avo_link_wait(const struct avo_link *link, struct pollfd also, uint64_t until_us) {
    uint64_t now_us = avo_clock_us();
    uint64_t wake_us = avo_client_core_wake_us(link->core);
    wake_us = wake_us < until_us ? wake_us : until_us;
    uint64_t wait_us = wake_us > now_us ? wake_us - now_us : 0;
    struct timespec wait = {.tv_sec = (time_t)(wait_us / 1000000), .tv_nsec = (long)(wait_us % 1000000 * 1000)};
    struct pollfd ready[] = {{.fd = link->udp.fd, .events = POLLIN}, also};
    (void)ppoll(ready, AVO_COUNT(ready), &wait, NULL);
}

static void drain(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_link_sink *sink) {
    struct avo_client_completion completion;
    while (avo_link_take(link, batch, &completion)) {
        sink->done(sink->context, &completion);
    }
}

void avo_link_receive(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_link_sink *sink) {
    bool more = true;
    for (int round = 0; more && round < RECEIVE_ROUNDS; round++) {
        more = avo_link_fetch(link, batch);
        drain(link, batch, sink);
    }
    avo_link_tick(link);
    drain(link, batch, sink);
}

void avo_link_turn(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_link_sink *sink, uint64_t until_us) {
    avo_link_send(link, batch);
    avo_link_wait(link, (struct pollfd){.fd = -1}, until_us);
    avo_link_receive(link, batch, sink);
}
