/* One bench: its settings, its clients, what they measured. */
#ifndef AVO_CLI_BENCH_H
#define AVO_CLI_BENCH_H

#include "client/cli/histogram.h"
#include "client/cli/progress.h"
#include "client/cli/workload.h"
#include "client/io/link.h"

#define AVO_BENCH_CLIENTS_MAX 4096
#define AVO_BENCH_PIPELINE_MAX 1024

struct avo_bench_settings {
    const char *workload; /* "a" to "d", or "custom" */
    enum avo_distribution distribution;
    uint32_t read_percent;
    uint64_t clients;
    uint64_t pipeline;
    uint64_t keys;
    uint64_t value_bytes;
    double seconds;
    uint64_t seed;
    double timeout_s;
};

/* One operation of a client, used again and again. */
struct avo_bench_operation {
    bool under_way;
    bool read;
    uint64_t number; /* of the key */
    uint64_t started_us;
    uint8_t key[16];
    uint8_t *value;
};

struct avo_bench;

struct avo_bench_client {
    struct avo_bench *bench;
    struct avo_link link;
    uint32_t under_way;
    uint64_t sequence;
    struct avo_bench_operation *operations; /* `pipeline` of them */
};

struct avo_bench {
    struct avo_bench_settings settings;
    const struct avo_profile *profile;
    struct avo_workload workload;
    struct avo_random random;
    struct avo_link_aead engine;
    struct avo_udp_batch batch;
    struct avo_bench_client *clients;
    uint8_t *values; /* of all operations */
    int epoll;
    bool preloading;
    uint64_t end_us;
    /* Figures. */
    struct avo_histogram latency_us;
    uint64_t ended; /* operations that ended, late ones too */
    uint64_t ops;   /* good ones in time */
    uint64_t errors;
    uint64_t wrong;
    enum avo_error last_error;
    struct avo_why last_why;
    struct avo_progress progress;
};

/* Opens every client with a key pair and a ticket of its own. AVO_OK, or a line in `why`. */
AVO_MUST_USE enum avo_error avo_bench_open(struct avo_bench *bench, struct avo_why *why);
void avo_bench_close(struct avo_bench *bench);
/* Writes every key once. */
AVO_MUST_USE enum avo_error avo_bench_preload(struct avo_bench *bench);
/* Runs the workload for its seconds; the figures are in `bench`. */
void avo_bench_run(struct avo_bench *bench);
/* Datagrams sent by all clients so far. */
uint64_t avo_bench_datagrams(const struct avo_bench *bench);

#endif
