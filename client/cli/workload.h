/* What a bench does next: read or write, and which key. Workloads a to d are those of YCSB (Cooper et al., SoCC 2010). */
#ifndef AVO_CLI_WORKLOAD_H
#define AVO_CLI_WORKLOAD_H

#include "base/random.h"
#include <stdbool.h>

enum avo_distribution {
    AVO_ZIPFIAN, /* theta 0.99, scrambled over the keys */
    AVO_UNIFORM,
    AVO_SEQUENTIAL,
    AVO_LATEST, /* zipfian from the newest key backwards: workload d */
};

struct avo_workload {
    struct avo_prng prng;
    enum avo_distribution distribution;
    uint32_t read_percent;
    bool inserts;       /* writes go to new keys: workload d */
    uint64_t key_count; /* keys that exist */
    uint64_t next_key;  /* of inserts, and of the sequential distribution */
    /* Zipf's constants (Gray et al., SIGMOD 1994). */
    uint64_t zipf_count;
    double zeta;
    double alpha;
    double eta;
};

/* Computing the constants takes about 20 ns a key. */
struct avo_workload avo_workload(enum avo_distribution distribution, uint32_t read_percent, uint64_t key_count, uint64_t seed);

struct avo_step {
    bool read;
    uint64_t key;
};
struct avo_step avo_workload_next(struct avo_workload *workload);

/* A rank from 0 (most likely) to zipf_count - 1. */
uint64_t avo_workload_rank(struct avo_workload *workload);

const char *avo_distribution_name(enum avo_distribution distribution);

#endif
