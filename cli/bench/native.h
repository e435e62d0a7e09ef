/* `avocado bench --native`: two temporary clusters of one shape, this build's and its native half (native/meson.build: nothing
 * sealed, no evidence looked at), measured in turn by the same bench; Redis beside them when it is there. Everything it starts it
 * stops. */
#ifndef AVO_CLI_BENCH_NATIVE_H
#define AVO_CLI_BENCH_NATIVE_H

#include "cli/base/arguments.h"
#include "cli/base/cli.h"
#include "cli/bench/bench.h"
#include <limits.h>
#include <signal.h>

#define AVO_NATIVE_ROUNDS_MAX 100

/* One of the two clusters. */
struct avo_native_side {
    const char *name; /* "sealed" or "native": its folder, and how its figures are called */
    char program[PATH_MAX];
    char dir[AVO_PATH_BYTES];
    uint16_t port;
    double ops_per_s[AVO_NATIVE_ROUNDS_MAX];
    json_t *rounds; /* what each bench printed */
};

struct avo_native {
    /* Options. */
    struct avo_bench_settings bench;
    bool json;
    uint64_t rounds;
    uint64_t nodes;
    uint64_t workers;
    uint64_t port; /* the sealed cluster's; the native one's and Redis's are above it */
    const char *mode;
    /* What runs. */
    char dir[AVO_PATH_BYTES]; /* temporary */
    sigset_t signals;         /* blocked, looked at while waiting */
    struct avo_native_side sealed;
    struct avo_native_side native;
    pid_t redis_pid; /* 0: Redis is not there, or not started */
    char redis_benchmark[PATH_MAX];
    double redis_ops_per_s[AVO_NATIVE_ROUNDS_MAX];
    struct avo_why redis_why; /* why it is not measured */
    struct avo_why why;
};

/* Exit code of the command. Options were checked; says its own errors. */
int avo_native_run(struct avo_native *native);

/* Runs a program to its end; output and errors go to the file `log` of the temporary folder. False, and a line in `why`, when it
 * failed, did not end within `patience_s`, or the user interrupted: it is ended then. */
AVO_MUST_USE bool avo_native_program(struct avo_native *native, const struct avo_arguments *arguments, const char *log,
                                     double patience_s);
/* The path of a file in the temporary folder. */
void avo_native_path(const struct avo_native *native, const char *name, char path[PATH_MAX]);
/* Did the user interrupt? Waits so long for it. */
AVO_MUST_USE bool avo_native_interrupted(struct avo_native *native, uint64_t wait_us);

/* native_side.c */
AVO_MUST_USE bool avo_native_side_up(struct avo_native *native, struct avo_native_side *side);
AVO_MUST_USE bool avo_native_side_measure(struct avo_native *native, struct avo_native_side *side, uint64_t round);
void avo_native_side_down(struct avo_native_side *side);

/* native_redis.c: true also when there is none (redis_why says so). */
AVO_MUST_USE bool avo_native_redis_start(struct avo_native *native);
AVO_MUST_USE bool avo_native_redis_measure(struct avo_native *native, uint64_t round);
void avo_native_redis_stop(struct avo_native *native);

/* native_print.c */
void avo_native_print(const struct avo_native *native);

#endif
