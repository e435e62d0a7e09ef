/* One bench: its settings, its clients, what they measured. */
#ifndef AVO_CLI_BENCH_H
#define AVO_CLI_BENCH_H

#include "cli/base/progress.h"
#include "cli/bench/histogram.h"
#include "cli/bench/witness.h"
#include "cli/bench/workload.h"
#include "client/io/link.h"
#include <jansson.h>

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
    double warm_up_s;
    double report_s; /* 0: no interval reports */
    uint64_t rate; /* operations a second, begun whether earlier ones are answered or not; 0: each answer makes room for the next */
    bool histogram;
    uint64_t seed;
    uint32_t timeout_ms;
};

/* One operation of a client, used again and again. */
struct avo_bench_operation {
    bool under_way;
    bool read;
    uint8_t tries;
    uint64_t number;     /* of the key */
    uint64_t started_us; /* with a rate: when it was meant to start */
    uint64_t floor;      /* of a read */
    struct avo_witness_write write;
    uint8_t key[16];
    uint8_t *value;
};

struct avo_bench;

struct avo_bench_client {
    struct avo_bench *bench;
    struct avo_link link;
    uint32_t under_way;
    uint64_t number;                        /* 0, 1, ... */
    uint64_t due;                           /* with a rate: operations that should have begun, ... */
    uint64_t begun;                         /* ... and that did */
    struct avo_bench_operation *operations; /* `pipeline` of them, ... */
    uint32_t *idle;                         /* ... of which those are free */
    uint32_t idle_count;
};

/* Figures of the time that is measured, from begin_us to end_us. */
struct avo_bench_figures {
    uint64_t ops;   /* good ones that ended in it */
    uint64_t ended; /* since the preload, whenever and however they ended */
    uint64_t errors;
    uint64_t errors_by[AVO_ERROR_COUNT];
    uint64_t wrong; /* all of the next three */
    uint64_t forged;
    uint64_t stale;
    uint64_t absent;
    uint64_t foreign;
    uint64_t not_begun; /* with a rate: due in time, but no client had room */
    uint64_t cpu_us;    /* of this process */
    struct avo_histogram latency_us;
};

struct avo_bench {
    struct avo_bench_settings settings;
    const struct avo_profile *profile;
    struct avo_workload workload;
    struct avo_witness witness;
    struct avo_random random;
    struct avo_link_aead engine;
    struct avo_udp_batch batch;
    struct avo_bench_client *clients;
    uint8_t *values; /* of all operations */
    int epoll;
    int signals;
    /* When what happens. */
    bool preloading;
    bool interrupted;
    uint64_t interrupted_us;
    uint64_t start_us; /* of the warm-up */
    uint64_t begin_us;
    uint64_t end_us;
    bool begun;    /* begin_us came */
    bool finished; /* end_us came */
    uint64_t cpu_begin_us;
    uint64_t next_due;      /* number of the next operation, with a rate */
    uint64_t insert_failed; /* the first insert that was not acknowledged: from it on no key is read */
    struct avo_bench_figures figures;
    enum avo_error last_error;
    struct avo_why last_why;
    struct avo_why first_wrong;
    /* Interval reports. */
    struct avo_histogram interval_us;
    uint64_t interval_start_us;
    uint64_t interval_errors; /* before it */
    json_t *intervals;
    struct avo_progress progress;
};

/* Opens every client with a key pair and a ticket of its own. AVO_OK, or a line in `why`. */
AVO_MUST_USE enum avo_error avo_bench_open(struct avo_bench *bench, struct avo_why *why);
void avo_bench_close(struct avo_bench *bench);
/* Writes every key once. */
AVO_MUST_USE enum avo_error avo_bench_preload(struct avo_bench *bench);
/* Warms up, then runs the workload for its seconds or until a signal; the figures are in `bench`. */
void avo_bench_run(struct avo_bench *bench);
/* How long it was measured. */
double avo_bench_seconds(const struct avo_bench *bench);
/* Sessions opened by all clients so far. */
uint64_t avo_bench_sessions(const struct avo_bench *bench);
/* bench_cause.c: where errors come from more clients than can be served at once, and not from what the last error names, says so in
 * `cause` (a clause, to stand behind it). `link` asks the nodes. False: nothing is known to say. */
bool avo_bench_cause(struct avo_bench *bench, struct avo_link *link, struct avo_why *cause);
/* Datagrams sent by all clients so far. */
uint64_t avo_bench_datagrams(const struct avo_bench *bench);

/* bench_submit.c: begins what this client may begin now. */
void avo_bench_submit(struct avo_bench_client *client, uint64_t now_us);
/* Begins operation `tag`, whose `read` and `number` are set. */
void avo_bench_begin(struct avo_bench_client *client, uint32_t tag, uint64_t now_us);
/* Is anything to be begun at all, now or later? */
bool avo_bench_more(const struct avo_bench *bench, uint64_t now_us);
/* With a rate: when the next operation is due; UINT64_MAX when none will be. Those due by `now_us` are given to their clients. */
uint64_t avo_bench_pace(struct avo_bench *bench, uint64_t now_us);
/* At the end: what was due and found no room counts as not begun, its latency as the time it had waited: else an overload would
 * look fast. */
void avo_bench_give_up(struct avo_bench_client *client);
/* bench_done.c: a completion; for struct avo_link_sink, whose context is the client. */
void avo_bench_done(void *client, const struct avo_client_completion *completion);
/* bench_interval.c: says how it goes, when it is time to. */
void avo_bench_interval(struct avo_bench *bench, uint64_t now_us);

#endif
