/* Loads etcd as `avocado bench` loads Avocado: the same keys, values, distribution, histogram and checks; one request at a time a
 * client, reads linearizable. For bench/against-etcd. usage: etcd_bench load|run PORT,PORT,... CLIENTS KEYS VALUE_BYTES
 * READ_PERCENT SECONDS SEED     members listen on 127.0.0.1 load writes every key once by single puts; run measures and prints
 * JSON. exit 1 when a value is wrong or a connection breaks. */
#include "bench/etcd_http2.h"
#include "cli/bench/histogram.h"
#include "cli/bench/sample.h"
#include "cli/bench/workload.h"
#include "client/io/clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 1024
#define EVENTS_MAX 256
#define PORTS_MAX 15
#define TAIL_BYTES 2 /* after the value in an answer: the count, 1 */
#define PATIENCE_US 10000000

struct client {
    int fd;
    struct etcd_http2 http2;
    struct avo_step step;
    uint64_t started_us;
    bool under_way;
};

struct bench {
    bool loading;
    uint64_t client_count, key_count, value_bytes, sequence;
    struct avo_workload workload;
    struct client *clients;
    int epoll;
    uint64_t end_us, ops, refused, wrong, under_way, last_us;
    struct avo_histogram latency_us;
};

static _Noreturn void die(const char *what, const char *why) {
    (void)fprintf(stderr, "etcd_bench: %s: %s\n", what, why);
    exit(1);
}

static int connect_to(uint16_t port) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&in, sizeof in) != 0) {
        die("connect", strerror(errno));
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void flush(struct client *client) {
    struct avo_buffer *out = &client->http2.out;
    size_t sent = 0;
    while (sent < out->length) {
        ssize_t part = send(client->fd, out->data + sent, out->length - sent, MSG_NOSIGNAL);
        if (part <= 0) {
            die("send", strerror(errno));
        }
        sent += (size_t)part;
    }
    out->length = 0;
}

static bool more(const struct bench *bench, uint64_t now_us) {
    return bench->loading ? bench->workload.next_key < bench->key_count : now_us < bench->end_us;
}

static void ask(struct bench *bench, struct client *client, uint64_t now_us) {
    uint8_t key[AVO_SAMPLE_KEY_BYTES];
    uint8_t value[ETCD_VALUE_MAX_BYTES];
    struct avo_slice slice = {0};
    client->step = bench->loading ? (struct avo_step){.key = bench->workload.next_key++} : avo_workload_next(&bench->workload);
    avo_sample_key(key, client->step.key);
    if (!client->step.read) {
        avo_sample_value(value, bench->value_bytes, client->step.key, ++bench->sequence);
        slice = avo_slice(value, bench->value_bytes);
    }
    client->started_us = now_us;
    client->under_way = true;
    bench->under_way++;
    etcd_http2_ask(&client->http2, AVO_SLICE_OF(key), slice);
}

static bool right(const struct bench *bench, const struct client *client, struct avo_slice message) {
    uint64_t sequence;
    if (!client->step.read) {
        return true;
    }
    if (message.length < bench->value_bytes + TAIL_BYTES) {
        return false;
    }
    const uint8_t *value = message.data + message.length - TAIL_BYTES - bench->value_bytes;
    return avo_sample_check(avo_slice(value, bench->value_bytes), bench->value_bytes, client->step.key, &sequence);
}

static void on_answer(struct bench *bench, struct client *client, uint64_t now_us) {
    struct avo_slice message = etcd_http2_message(&client->http2);
    client->under_way = false;
    bench->under_way--;
    if (message.length == 0) {
        bench->refused++;
    } else if (!right(bench, client, message)) {
        bench->wrong++;
    } else if (bench->loading || now_us <= bench->end_us) {
        bench->ops++;
        avo_histogram_add(&bench->latency_us, now_us - client->started_us);
    }
}

static void client_turn(struct bench *bench, struct client *client) {
    struct etcd_http2 *http2 = &client->http2;
    ssize_t got = recv(client->fd, http2->in_bytes + http2->in_length, sizeof http2->in_bytes - http2->in_length, 0);
    if (got <= 0) {
        die("receive", got == 0 ? "etcd closed the connection" : strerror(errno));
    }
    etcd_http2_read(http2, (size_t)got);
    if (http2->broken) {
        die("answer", "etcd refuses this client's HTTP/2");
    }
    uint64_t now_us = avo_clock_us();
    bench->last_us = now_us;
    if (client->under_way && http2->answered) {
        on_answer(bench, client, now_us);
        if (more(bench, now_us)) {
            ask(bench, client, now_us);
        }
    }
    flush(client);
}

static void clients_open(struct bench *bench, const char *ports) {
    uint16_t port[PORTS_MAX];
    size_t count = 0;
    for (const char *at = ports; at != NULL && count < PORTS_MAX; at = strchr(at, ',') == NULL ? NULL : strchr(at, ',') + 1) {
        port[count++] = (uint16_t)strtoul(at, NULL, 10);
    }
    bench->clients = calloc(bench->client_count, sizeof *bench->clients);
    bench->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (bench->clients == NULL || bench->epoll < 0) {
        die("clients", strerror(errno));
    }
    for (uint64_t i = 0; i < bench->client_count; i++) {
        struct client *client = &bench->clients[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        client->fd = connect_to(port[i % count]);
        etcd_http2_open(&client->http2);
        if (epoll_ctl(bench->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0) {
            die("clients", strerror(errno));
        }
    }
}

static void run(struct bench *bench) {
    struct epoll_event events[EVENTS_MAX];
    bench->last_us = avo_clock_us();
    for (uint64_t i = 0; i < bench->client_count && more(bench, bench->last_us); i++) {
        ask(bench, &bench->clients[i], bench->last_us);
        flush(&bench->clients[i]);
    }
    while (bench->under_way > 0) {
        int ready = epoll_wait(bench->epoll, events, EVENTS_MAX, 1000);
        for (int i = 0; i < ready; i++) {
            client_turn(bench, events[i].data.ptr);
        }
        if (avo_clock_us() > bench->last_us + PATIENCE_US) {
            die("run", "etcd answers no more");
        }
    }
}

static double cpu_s(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
    static struct bench bench;
    if (argc != 9) {
        die("usage", "etcd_bench load|run PORT,PORT,... CLIENTS KEYS VALUE_BYTES READ_PERCENT SECONDS SEED");
    }
    bench.loading = strcmp(argv[1], "load") == 0;
    bench.client_count = strtoull(argv[3], NULL, 10);
    bench.key_count = strtoull(argv[4], NULL, 10);
    bench.value_bytes = strtoull(argv[5], NULL, 10);
    double seconds = strtod(argv[7], NULL);
    if (bench.client_count < 1 || bench.client_count > CLIENTS_MAX || bench.key_count < 1 ||
        bench.value_bytes > ETCD_VALUE_MAX_BYTES) {
        die("usage", "1 to 1024 clients, a key or more, values of at most 16384 bytes");
    }
    bench.workload = avo_workload(AVO_ZIPFIAN, (uint32_t)strtoul(argv[6], NULL, 10), bench.key_count, strtoull(argv[8], NULL, 10));
    clients_open(&bench, argv[2]);
    double cpu_begin_s = cpu_s();
    uint64_t begin_us = avo_clock_us();
    bench.end_us = begin_us + (uint64_t)(seconds * 1e6);
    run(&bench);
    seconds = bench.loading ? (double)(bench.last_us - begin_us) / 1e6 : seconds;
    printf("{\"ops\": %llu, \"ops_per_s\": %.1f, \"errors\": %llu, \"wrong\": %llu, \"p50_us\": %llu, \"p99_us\": %llu, "
           "\"max_us\": %llu, "
           "\"client_cpu_percent\": %.1f}\n",
           (unsigned long long)bench.ops, (double)bench.ops / seconds, (unsigned long long)bench.refused,
           (unsigned long long)bench.wrong, (unsigned long long)avo_histogram_at(&bench.latency_us, 500000),
           (unsigned long long)avo_histogram_at(&bench.latency_us, 990000), (unsigned long long)bench.latency_us.max,
           100 * (cpu_s() - cpu_begin_s) / seconds);
    return bench.wrong > 0 || bench.ops == 0;
}
