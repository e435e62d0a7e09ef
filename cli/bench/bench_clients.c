/* The clients of a bench: each has its own key pair, ticket, socket and sessions. */
#include "base/secret.h"
#include "cli/bench/bench.h"
#include "cli/bench/sample.h"
#include "client/dialog/link.h"
#include "client/io/clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define TRANSFERS_A_CLIENT 16
#define DESCRIPTORS_BESIDE 32

static enum avo_error client_open(struct avo_bench *bench, struct avo_bench_client *client, const struct avo_key_pair *key,
                                  struct avo_slice ticket) {
    size_t message_bytes = bench->settings.value_bytes + AVO_SAMPLE_KEY_BYTES + 64;
    bool large = message_bytes > (size_t)bench->profile->view.mtu_bytes / 2;
    uint64_t transfers = bench->settings.pipeline < TRANSFERS_A_CLIENT ? bench->settings.pipeline : TRANSFERS_A_CLIENT;
    struct avo_link_config config = {.view = &bench->profile->view,
                                     .cas_sign_public = bench->profile->cas_sign_public,
                                     .key = key,
                                     .signed_ticket = ticket,
                                     .aead = bench->engine.aead,
                                     .random = &bench->random,
                                     .operation_count = (uint32_t)bench->settings.pipeline,
                                     .transfer_count = large ? (uint32_t)transfers : 0,
                                     .transfer_max_bytes = message_bytes};
    enum avo_error error = avo_link_open(&client->link, &config);
    struct epoll_event event = {.events = EPOLLIN | EPOLLERR, .data.ptr = client};
    if (error == AVO_OK && epoll_ctl(bench->epoll, EPOLL_CTL_ADD, client->link.udp.fd, &event) != 0) {
        error = AVO_EIO;
    }
    return error;
}

/* Its host may have restored an old file, or started another one [V0]. */
static enum avo_error refuse_unpinned(struct avo_why *why) {
    avo_why_set(why,
                "bench: the CAS there has another cluster than the one that the profile follows; ask the owner which is right");
    return AVO_EDENIED;
}

static enum avo_error client_make(struct avo_bench *bench, struct avo_cas_link *cas, struct avo_bench_client *client,
                                  struct avo_why *why) {
    uint8_t bytes[AVO_TICKET_MAX_BYTES];
    struct avo_buffer signed_ticket = {.data = bytes, .capacity = sizeof bytes};
    struct avo_ticket ticket;
    struct avo_key_pair key;
    struct avo_text reason;
    avo_key_pair_make(&key, &bench->random);
    struct avo_ticket_request request = {.rights = AVO_RIGHT_READ | AVO_RIGHT_WRITE};
    memcpy(request.public_key, key.public, sizeof request.public_key);
    enum avo_error error = avo_cas_link_ticket(cas, &request, &signed_ticket, &ticket, &reason);
    bool pinned = error != AVO_OK || memcmp(ticket.cluster_id, bench->profile->cluster_id, sizeof ticket.cluster_id) == 0;
    if (error != AVO_OK) {
        avo_why_set(why, "bench: %s", reason.bytes);
    } else if (!pinned) {
        error = refuse_unpinned(why);
    } else if ((error = client_open(bench, client, &key, avo_buffer_slice(&signed_ticket))) != AVO_OK) {
        avo_why_set(why, "bench: client socket: %s; raise `ulimit -n` or take fewer --clients", strerror(errno));
    }
    avo_secret_wipe(&key, sizeof key);
    return error;
}

/* A socket a client, and few others: said before the first of them is opened. */
static bool descriptors_raise(const struct avo_bench *bench, struct avo_why *why) {
    struct rlimit limit;
    uint64_t needed = bench->settings.clients + DESCRIPTORS_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) {
        return true;
    }
    avo_why_set(
        why,
        "bench: %llu clients need %llu file descriptors, and %llu are allowed here; raise `ulimit -Hn`, or take fewer --clients",
        (unsigned long long)bench->settings.clients, (unsigned long long)needed, (unsigned long long)limit.rlim_cur);
    return false;
}

static bool memory_take(struct avo_bench *bench) {
    const struct avo_bench_settings *settings = &bench->settings;
    bench->random = avo_system_random();
    bench->clients = calloc(settings->clients, sizeof *bench->clients);
    bench->values = calloc(settings->clients * settings->pipeline, settings->value_bytes + 1);
    if (bench->clients == NULL || bench->values == NULL || !avo_link_aead_open(&bench->engine) ||
        !avo_witness_open(&bench->witness, settings->keys, &bench->random)) {
        return false;
    }
    uint8_t *value = bench->values;
    for (uint64_t c = 0; c < settings->clients; c++) {
        struct avo_bench_client *client = &bench->clients[c];
        client->bench = bench;
        client->number = c;
        client->operations = calloc(settings->pipeline, sizeof *client->operations);
        client->idle = calloc(settings->pipeline, sizeof *client->idle);
        if (client->operations == NULL || client->idle == NULL) {
            return false;
        }
        for (uint64_t o = settings->pipeline; o-- > 0;) {
            client->operations[o].value = value;
            client->idle[client->idle_count++] = (uint32_t)o;
            value += settings->value_bytes;
        }
    }
    return true;
}

enum avo_error avo_bench_open(struct avo_bench *bench, struct avo_why *why) {
    struct avo_cas_link *cas = NULL;
    struct avo_text reason;
    bench->intervals = json_array();
    if (!descriptors_raise(bench, why)) {
        return AVO_EIO;
    }
    bench->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (bench->epoll < 0 || bench->intervals == NULL || !memory_take(bench)) {
        avo_why_set(why, "bench: no memory or descriptors: %s; take fewer --clients or a smaller --pipeline", strerror(errno));
        return AVO_EIO;
    }
    struct avo_cas_link_config config = {.address = bench->profile->cas_address,
                                         .own_key = &bench->profile->key,
                                         .aead = bench->engine.aead,
                                         .random = &bench->random,
                                         .timeout_ms = bench->settings.timeout_ms};
    memcpy(config.cas_public_key, bench->profile->cas_public_key, sizeof config.cas_public_key);
    enum avo_error error = avo_cas_link_open(&config, &cas, &reason);
    if (error != AVO_OK) {
        avo_why_set(why, "bench: %s", reason.bytes);
    } else if (memcmp(avo_cas_link_sign_public(cas), bench->profile->cas_sign_public, AVO_PUBLIC_KEY_BYTES) != 0) {
        error = refuse_unpinned(why);
    }
    for (uint64_t i = 0; error == AVO_OK && i < bench->settings.clients; i++) {
        error = client_make(bench, cas, &bench->clients[i], why);
    }
    avo_cas_link_close(cas);
    return error;
}

void avo_bench_close(struct avo_bench *bench) {
    for (uint64_t i = 0; bench->clients != NULL && i < bench->settings.clients; i++) {
        avo_link_close(&bench->clients[i].link);
        free(bench->clients[i].operations);
        free(bench->clients[i].idle);
    }
    avo_link_aead_close(&bench->engine);
    avo_witness_close(&bench->witness);
    json_decref(bench->intervals);
    free(bench->clients);
    free(bench->values);
}

uint64_t avo_bench_sessions(const struct avo_bench *bench) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < bench->settings.clients; i++) {
        struct avo_client_core_stats stats;
        avo_client_core_stats(bench->clients[i].link.core, &stats);
        sum += stats.sessions_opened;
    }
    return sum;
}

uint64_t avo_bench_datagrams(const struct avo_bench *bench) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < bench->settings.clients; i++) {
        struct avo_client_core_stats stats;
        avo_client_core_stats(bench->clients[i].link.core, &stats);
        sum += stats.datagrams_sent;
    }
    return sum;
}
