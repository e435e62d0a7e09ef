/* Does the public API cost throughput? One client on the calls of <avocado/async.h> beside one that drives the core as `avocado
 * bench` does, by turns in one run; ratios of the same load, so a busy machine does them the same harm.
 *
 * usage: library_bench PROFILE [pipeline, default 16] [rounds, default 101] [seconds a round, default 0.1]
 * 10,000 keys of 16 bytes, 256-byte values, 95 % reads, uniform. Each submits `pipeline` calls, waits for all, submits the next.
 */
#include "client/io/clock.h"
#include "client/io/link.h"
#include <avocado/avocado.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define KEYS 10000
#define KEY_BYTES 16
#define VALUE_BYTES 256
#define READ_PERCENT 95
#define PIPELINE_MAX 1024
#define ROUNDS_MAX 1001
#define TIMEOUT_MS 5000

struct bench {
    uint64_t pipeline;
    uint64_t random;
    uint64_t done; /* in this round */
    uint64_t under_way;
    int slot; /* the replica that answered last */
    char keys[PIPELINE_MAX][KEY_BYTES + 1];
    char value[VALUE_BYTES];
    struct avo_client *client; /* the public path */
    struct avo_link link;      /* the core's */
    struct avo_udp_batch batch;
    int epoll;
};

static _Noreturn void die(const char *what) {
    (void)fprintf(stderr, "library_bench: %s\n", what);
    exit(1);
}

static uint64_t draw(struct bench *bench, uint64_t below) {
    bench->random = bench->random * 6364136223846793005U + 1442695040888963407U;
    return (bench->random >> 33) % below;
}

static void check(enum avo_error error, size_t value_bytes, bool read) {
    if (error != AVO_OK || (read && value_bytes != VALUE_BYTES)) {
        die(error != AVO_OK ? avo_error_text(error) : "a value has another length");
    }
}

/* The public path */

static void public_submit(struct bench *bench, const char *key, bool read) {
    enum avo_error error = read ? avo_submit_get(bench->client, key, KEY_BYTES, TIMEOUT_MS, 0, NULL)
                                : avo_submit_put(bench->client, key, KEY_BYTES, bench->value, VALUE_BYTES, TIMEOUT_MS, 0, NULL);
    if (error != AVO_OK) {
        die(avo_detail(bench->client));
    }
}

static void public_wait(struct bench *bench) {
    while (avo_pending(bench->client) > 0) {
        const struct avo_completion *done = avo_next(bench->client, TIMEOUT_MS);
        if (done != NULL) {
            check(done->error, done->value_bytes, done->call == AVO_CALL_GET);
            bench->done++;
            bench->slot = done->slot;
        }
    }
}

/* The core's path, as in cli/bench/bench_run.c */

static void core_submit(struct bench *bench, const char *key, bool read) {
    struct avo_client_request request = {.call = read ? AVO_CLIENT_GET : AVO_CLIENT_PUT,
                                         .key = avo_slice(key, KEY_BYTES),
                                         .value = read ? AVO_SLICE_EMPTY : AVO_SLICE_OF(bench->value),
                                         .deadline_us = avo_clock_us() + TIMEOUT_MS * 1000};
    if (avo_client_core_submit(bench->link.core, &request, avo_clock_us()) != AVO_OK) {
        die("the core refused");
    }
    bench->under_way++;
}

static void on_done(void *context, const struct avo_client_completion *completion) {
    struct bench *bench = context;
    check(completion->status, completion->value.length, completion->call == AVO_CLIENT_GET);
    bench->under_way--;
    bench->done++;
    bench->slot = completion->slot;
}

static void core_wait(struct bench *bench) {
    struct avo_link_sink sink = {.context = bench, .done = on_done};
    struct epoll_event event;
    avo_link_send(&bench->link, &bench->batch);
    while (bench->under_way > 0) {
        (void)epoll_wait(bench->epoll, &event, 1, AVO_CLIENT_TICK_US / 1000);
        avo_link_receive(&bench->link, &bench->batch, &sink);
        avo_link_send(&bench->link, &bench->batch);
    }
}

struct path {
    void (*submit)(struct bench *bench, const char *key, bool read);
    void (*wait)(struct bench *bench);
};

static void preload(struct bench *bench) {
    for (uint64_t key = 0; key < KEYS; key += PIPELINE_MAX) {
        for (uint64_t i = 0; i < PIPELINE_MAX && key + i < KEYS; i++) {
            (void)snprintf(bench->keys[i], sizeof bench->keys[i], "library-%08" PRIu64, key + i);
            public_submit(bench, bench->keys[i], false);
        }
        public_wait(bench);
    }
}

/* One round: operations a second, and this program's processor time an operation. */
struct round {
    double ops;
    double cpu_us;
};

static double cpu_us(void) {
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

static struct round round_run(struct bench *bench, const struct path *path, double seconds) {
    uint64_t started_us = avo_clock_us();
    uint64_t now_us = started_us;
    double cpu_before_us = cpu_us();
    bench->done = 0;
    while (now_us < started_us + (uint64_t)(seconds * 1e6)) {
        for (uint64_t i = 0; i < bench->pipeline; i++) {
            (void)snprintf(bench->keys[i], sizeof bench->keys[i], "library-%08" PRIu64, draw(bench, KEYS));
            path->submit(bench, bench->keys[i], draw(bench, 100) < READ_PERCENT);
        }
        path->wait(bench);
        now_us = avo_clock_us();
    }
    double done = (double)bench->done;
    return (struct round){.ops = done * 1e6 / (double)(now_us - started_us), .cpu_us = (cpu_us() - cpu_before_us) / done};
}

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, unsigned count) {
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}

static void compare(struct bench *bench, unsigned rounds, double seconds) {
    static const struct path paths[2] = {{core_submit, core_wait}, {public_submit, public_wait}};
    double ops[2][ROUNDS_MAX];
    double cpu[2][ROUNDS_MAX];
    double ratios[ROUNDS_MAX];
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned turn = 0; turn < 2; turn++) {
            unsigned path = (turn + i) % 2;
            struct round round = round_run(bench, &paths[path], seconds);
            ops[path][i] = round.ops;
            cpu[path][i] = round.cpu_us;
        }
        ratios[i] = ops[1][i] / ops[0][i];
    }
    double ratio = median(ratios, rounds);
    double core_cpu_us = median(cpu[0], rounds);
    double public_cpu_us = median(cpu[1], rounds);
    printf("pipeline %" PRIu64 ", medians of %u rounds: core %.0f ops/s, public %.0f ops/s; ratio %.3f (quartiles %.3f, %.3f); the "
           "client's own time an operation: %.2f us, %.2f us\n",
           bench->pipeline, rounds, median(ops[0], rounds), median(ops[1], rounds), ratio, ratios[rounds / 4],
           ratios[rounds * 3 / 4], core_cpu_us, public_cpu_us);
}

static void core_open(struct bench *bench, const struct avo_profile *profile, const struct avo_link_aead *engine,
                      struct avo_random *random) {
    struct avo_link_config config = {.view = &profile->view,
                                     .cas_sign_public = profile->cas_sign_public,
                                     .key = &profile->key,
                                     .signed_ticket = avo_slice(profile->ticket_bytes, profile->ticket_length),
                                     .aead = engine->aead,
                                     .random = random,
                                     .operation_count = PIPELINE_MAX};
    struct epoll_event event = {.events = EPOLLIN | EPOLLERR};
    if (avo_link_open(&bench->link, &config) != AVO_OK || epoll_ctl(bench->epoll, EPOLL_CTL_ADD, bench->link.udp.fd, &event) != 0) {
        die("no socket or memory");
    }
}

/* Clients choose a replica by chance; both paths must have the same. */
static void public_open(struct bench *bench, const char *profile_path) {
    char why[AVO_DETAIL_BYTES];
    int core_slot = bench->slot;
    for (int tries = 0; tries < 100; tries++) {
        if (avo_open(profile_path, &bench->client, why, sizeof why) != AVO_OK) {
            die(why);
        }
        public_submit(bench, bench->keys[0], false);
        public_wait(bench);
        if (bench->slot == core_slot) {
            return;
        }
        avo_close(bench->client);
    }
    die("no two clients chose the same replica");
}

int main(int argc, char **argv) {
    static struct bench bench;
    static struct avo_profile profile;
    struct avo_link_aead engine = {0};
    struct avo_random random = avo_system_random();
    struct avo_why why;
    unsigned rounds = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 101;
    bench.pipeline = argc > 2 ? strtoull(argv[2], NULL, 10) : 16;
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (argc < 2 || bench.pipeline == 0 || bench.pipeline > PIPELINE_MAX || rounds == 0 || rounds > ROUNDS_MAX) {
        die("usage: library_bench PROFILE [pipeline] [rounds] [seconds a round]");
    }
    if (sodium_init() < 0 || avo_profile_load(argv[1], &profile, &why) != AVO_OK || !avo_link_aead_open(&engine)) {
        die(why.text);
    }
    core_open(&bench, &profile, &engine, &random);
    memcpy(bench.keys[0], "library-00000000", KEY_BYTES);
    core_submit(&bench, bench.keys[0], false);
    core_wait(&bench);
    public_open(&bench, argv[1]);
    preload(&bench);
    compare(&bench, rounds, argc > 4 ? strtod(argv[4], NULL) : 0.1);
    avo_link_close(&bench.link);
    avo_link_aead_close(&engine);
    avo_close(bench.client);
    return 0;
}
