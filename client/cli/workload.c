#include "client/cli/workload.h"
#include <math.h>

#define THETA 0.99

struct avo_workload avo_workload(enum avo_distribution distribution, uint32_t read_percent, uint64_t key_count, uint64_t seed) {
    struct avo_workload workload = {.prng = avo_prng(seed),
                                    .distribution = distribution,
                                    .read_percent = read_percent,
                                    .inserts = distribution == AVO_LATEST,
                                    .key_count = key_count,
                                    .next_key = distribution == AVO_LATEST ? key_count : 0,
                                    .zipf_count = key_count};
    if (distribution == AVO_ZIPFIAN || distribution == AVO_LATEST) {
        for (uint64_t i = 1; i <= key_count; i++) {
            workload.zeta += 1 / pow((double)i, THETA);
        }
        double zeta2 = 1 + pow(0.5, THETA);
        workload.alpha = 1 / (1 - THETA);
        workload.eta = (1 - pow(2 / (double)key_count, 1 - THETA)) / (1 - zeta2 / workload.zeta);
    }
    return workload;
}

uint64_t avo_workload_rank(struct avo_workload *workload) {
    double u = (double)(avo_prng_next(&workload->prng) >> 11) * 0x1p-53;
    double uz = u * workload->zeta;
    if (uz < 1 || workload->zipf_count < 2) {
        return 0;
    }
    if (uz < 1 + pow(0.5, THETA) || workload->zipf_count < 3) {
        return 1;
    }
    double rank = (double)workload->zipf_count * pow(workload->eta * u - workload->eta + 1, workload->alpha);
    uint64_t whole = (uint64_t)rank;
    return whole < workload->zipf_count ? whole : workload->zipf_count - 1;
}

/* Spreads neighbouring ranks over all keys (FNV-1a of the rank's bytes, as YCSB does). */
static uint64_t scramble(uint64_t rank) {
    uint64_t hash = 0xcbf29ce484222325;
    for (int i = 0; i < 8; i++) {
        hash = (hash ^ (rank & 0xff)) * 0x100000001b3;
        rank >>= 8;
    }
    return hash;
}

static uint64_t key_next(struct avo_workload *workload) {
    switch (workload->distribution) {
    case AVO_ZIPFIAN:
        return scramble(avo_workload_rank(workload)) % workload->key_count;
    case AVO_UNIFORM:
        return avo_prng_below(&workload->prng, workload->key_count);
    case AVO_SEQUENTIAL:
        return workload->next_key++ % workload->key_count;
    case AVO_LATEST:
        return workload->key_count - 1 - avo_workload_rank(workload);
    }
    return 0;
}

struct avo_step avo_workload_next(struct avo_workload *workload) {
    struct avo_step step = {.read = avo_prng_below(&workload->prng, 100) < workload->read_percent};
    step.key = !step.read && workload->inserts ? workload->next_key++ : key_next(workload);
    return step;
}

const char *avo_distribution_name(enum avo_distribution distribution) {
    switch (distribution) {
    case AVO_ZIPFIAN:
        return "zipfian";
    case AVO_UNIFORM:
        return "uniform";
    case AVO_SEQUENTIAL:
        return "sequential";
    case AVO_LATEST:
        return "latest";
    }
    return "?";
}
