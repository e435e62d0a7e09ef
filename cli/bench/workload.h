/* What a bench does next: read or write, and which key. Workloads a to d are those of YCSB (Cooper et al., SoCC 2010), their random
 * numbers drawn as YCSB's generators draw them. */
#ifndef AVO_CLI_BENCH_WORKLOAD_H
#define AVO_CLI_BENCH_WORKLOAD_H

#include "base/random.h"
#include <stdbool.h>

enum avo_distribution {
    AVO_ZIPFIAN, /* YCSB's scrambled zipfian: ranks of 10^10 items, theta 0.99, hashed over the keys */
    AVO_UNIFORM,
    AVO_SEQUENTIAL,
    AVO_LATEST, /* zipfian among the keys there are, from the newest backwards: workload d */
};

/* Zipf's law by the method of Gray et al. (SIGMOD 1994), as in YCSB's ZipfianGenerator. */
struct avo_zipf {
    uint64_t count;
    double zeta; /* sum of 1 / n^theta over the ranks n = 1 ... count */
    double eta;
};

/* About 20 ns a rank. */
struct avo_zipf avo_zipf(uint64_t count);
/* Adds ranks up to `count`, which is never less than before. */
void avo_zipf_grow(struct avo_zipf *zipf, uint64_t count);
/* A rank from 0 (most likely) to count - 1. */
uint64_t avo_zipf_rank(const struct avo_zipf *zipf, struct avo_prng *prng);

struct avo_workload {
    struct avo_prng prng;
    enum avo_distribution distribution;
    uint32_t read_percent;
    bool inserts;       /* writes go to new keys: workload d */
    uint64_t key_count; /* keys that may be read */
    uint64_t next_key;  /* of inserts, and of the sequential distribution */
    struct avo_zipf zipf;
};

struct avo_workload avo_workload(enum avo_distribution distribution, uint32_t read_percent, uint64_t key_count, uint64_t seed);

struct avo_step {
    bool read;
    uint64_t key;
};
struct avo_step avo_workload_next(struct avo_workload *workload);

/* Inserts up to key number `key_count` were acknowledged, and may be read. Never less than before. */
void avo_workload_grow(struct avo_workload *workload, uint64_t key_count);

const char *avo_distribution_name(enum avo_distribution distribution);

#endif
