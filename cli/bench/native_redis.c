/* Redis beside bench --native: one node, plain, not replicated, by its own redis-benchmark (uniform keys, it knows no other), GET
 * and SET apart and weighted by the share of reads. */
#include "cli/base/process.h"
#include "cli/bench/native.h"
#include "client/io/file.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REDIS_PORTS 600 /* above the sealed cluster's */
#define START_TURNS 200
#define START_TURN_US 10000
#define PATIENCE_S 120
#define OUTPUT_MAX_BYTES (1U << 16)
#define REQUESTS_A_SECOND_DEEP 400000 /* about what it does, so that a figure takes about its seconds */
#define REQUESTS_A_SECOND_ONE 80000

static unsigned redis_port(const struct avo_native *native) {
    return (unsigned)native->port + REDIS_PORTS;
}

/* As the shell finds it. */
static bool program_find(const char *name, char path[PATH_MAX]) {
    const char *at = getenv("PATH");
    while (at != NULL) {
        int length = (int)strcspn(at, ":");
        (void)snprintf(path, PATH_MAX, "%.*s/%s", length, at, name);
        if (length > 0 && access(path, X_OK) == 0) {
            return true;
        }
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    return false;
}

static bool answers(const struct avo_native *native) {
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)redis_port(native)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && connect(fd, (const struct sockaddr *)&in, sizeof in) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

static bool wait_ready(struct avo_native *native) {
    for (unsigned turn = 0; turn < START_TURNS && native->redis_pid != 0; turn++) {
        if (answers(native)) {
            return true;
        }
        if (avo_native_interrupted(native, START_TURN_US)) {
            return false;
        }
        if (waitpid(native->redis_pid, NULL, WNOHANG) == native->redis_pid) {
            native->redis_pid = 0;
        }
    }
    avo_native_redis_stop(native);
    avo_why_set(&native->redis_why, "redis-server does not start at port %u; choose another --port", redis_port(native));
    return true;
}

bool avo_native_redis_start(struct avo_native *native) {
    char server[PATH_MAX];
    char log[PATH_MAX];
    struct avo_arguments arguments = {.count = 0};
    if (!program_find("redis-server", server) || !program_find("redis-benchmark", native->redis_benchmark)) {
        avo_why_set(&native->redis_why, "redis-server and redis-benchmark are not on this machine; install redis-server");
        return true;
    }
    avo_native_path(native, "redis.log", log);
    avo_arguments_add(&arguments, "%s", server);
    avo_arguments_add(&arguments, "--port");
    avo_arguments_add(&arguments, "%u", redis_port(native));
    avo_arguments_add(&arguments, "--bind");
    avo_arguments_add(&arguments, "127.0.0.1");
    avo_arguments_add(&arguments, "--save");
    avo_arguments_add(&arguments, "%s", "");
    avo_arguments_add(&arguments, "--appendonly");
    avo_arguments_add(&arguments, "no");
    avo_arguments_add(&arguments, "--dir");
    avo_arguments_add(&arguments, "%s", native->dir);
    native->redis_pid = avo_process_start(arguments.items, log);
    return wait_ready(native);
}

void avo_native_redis_stop(struct avo_native *native) {
    if (native->redis_pid != 0) {
        (void)kill(native->redis_pid, SIGKILL); /* it keeps nothing */
        (void)waitpid(native->redis_pid, NULL, 0);
        native->redis_pid = 0;
    }
}

/* Of its CSV the second field of the last line: "GET","123456.78",... */
static double rate_read(const struct avo_native *native) {
    char path[PATH_MAX];
    struct avo_buffer text;
    double rate = 0;
    avo_native_path(native, "redis-benchmark.log", path);
    if (!avo_file_take(path, OUTPUT_MAX_BYTES, &text)) {
        return 0;
    }
    const char *line = strstr((const char *)text.data, "\n\"");
    const char *field = line == NULL ? NULL : strstr(line, "\",\"");
    if (field != NULL) {
        rate = strtod(field + 3, NULL);
    }
    free(text.data);
    return rate;
}

static bool measure(struct avo_native *native, const char *what, double requests, double *rate) {
    const struct avo_bench_settings *bench = &native->bench;
    struct avo_arguments arguments = {.count = 0};
    avo_arguments_add(&arguments, "%s", native->redis_benchmark);
    avo_arguments_add(&arguments, "-p");
    avo_arguments_add(&arguments, "%u", redis_port(native));
    const struct {
        const char *option;
        uint64_t value;
    } numbers[] = {{"-n", (uint64_t)requests},
                   {"-r", bench->keys},
                   {"-d", bench->value_bytes > 0 ? bench->value_bytes : 1},
                   {"-c", bench->clients},
                   {"-P", bench->pipeline}};
    for (size_t i = 0; i < AVO_COUNT(numbers); i++) {
        avo_arguments_add(&arguments, "%s", numbers[i].option);
        avo_arguments_add(&arguments, "%llu", (unsigned long long)numbers[i].value);
    }
    avo_arguments_add(&arguments, "-t");
    avo_arguments_add(&arguments, "%s", what);
    avo_arguments_add(&arguments, "--csv");
    if (!avo_native_program(native, &arguments, "redis-benchmark.log", PATIENCE_S)) {
        return false;
    }
    *rate = rate_read(native);
    if (*rate <= 0) {
        avo_why_set(&native->why, "bench --native: redis-benchmark gives no figures; try it by hand");
        return false;
    }
    return true;
}

bool avo_native_redis_measure(struct avo_native *native, uint64_t round) {
    const struct avo_bench_settings *bench = &native->bench;
    double requests = bench->seconds * (bench->pipeline > 1 ? REQUESTS_A_SECOND_DEEP : REQUESTS_A_SECOND_ONE);
    double reads = bench->read_percent / 100.0;
    double gets = 1;
    double sets = 1;
    if (native->redis_pid == 0) {
        return true;
    }
    requests = requests < 1000 ? 1000 : requests;
    bool good = (round > 0 || measure(native, "set", 3.0 * (double)bench->keys, &sets)) &&
                (reads <= 0 || measure(native, "get", requests * reads + 1000, &gets)) &&
                (reads >= 1 || measure(native, "set", requests * (1 - reads) + 1000, &sets));
    native->redis_ops_per_s[round] = 1 / (reads / gets + (1 - reads) / sets);
    return good;
}
