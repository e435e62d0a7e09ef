#include "cli/bench/workload.h"
#include <math.h>

#define THETA 0.99
#define SCRAMBLED_COUNT 10000000000      /* YCSB's ScrambledZipfianGenerator.ITEM_COUNT ... */
#define SCRAMBLED_ZETA 26.46902820178302 /* ... and ZETAN: summing it would take minutes */

static double eta_of(uint64_t count, double zeta) {
    double zeta2 = 1 + pow(0.5, THETA);
    return (1 - pow(2 / (double)count, 1 - THETA)) / (1 - zeta2 / zeta);
}

void avo_zipf_grow(struct avo_zipf *zipf, uint64_t count) {
    while (zipf->count < count) {
        zipf->zeta += 1 / pow((double)++zipf->count, THETA);
    }
    zipf->eta = eta_of(zipf->count, zipf->zeta);
}

struct avo_zipf avo_zipf(uint64_t count) {
    struct avo_zipf zipf = {.count = 0};
    avo_zipf_grow(&zipf, count);
    return zipf;
}

uint64_t avo_zipf_rank(const struct avo_zipf *zipf, struct avo_prng *prng) {
    double u = (double)(avo_prng_next(prng) >> 11) * 0x1p-53;
    double uz = u * zipf->zeta;
    if (uz < 1 || zipf->count < 2) {
        return 0;
    }
    if (uz < 1 + pow(0.5, THETA) || zipf->count < 3) {
        return 1;
    }
    uint64_t rank = (uint64_t)((double)zipf->count * pow(zipf->eta * u - zipf->eta + 1, 1 / (1 - THETA)));
    return rank < zipf->count ? rank : zipf->count - 1;
}

struct avo_workload avo_workload(enum avo_distribution distribution, uint32_t read_percent, uint64_t key_count, uint64_t seed) {
    struct avo_workload workload = {.prng = avo_prng(seed),
                                    .distribution = distribution,
                                    .read_percent = read_percent,
                                    .inserts = distribution == AVO_LATEST,
                                    .key_count = key_count,
                                    .next_key = distribution == AVO_LATEST ? key_count : 0};
    if (distribution == AVO_ZIPFIAN) {
        workload.zipf = (struct avo_zipf){SCRAMBLED_COUNT, SCRAMBLED_ZETA, eta_of(SCRAMBLED_COUNT, SCRAMBLED_ZETA)};
    } else if (distribution == AVO_LATEST) {
        workload.zipf = avo_zipf(key_count);
    }
    return workload;
}

void avo_workload_grow(struct avo_workload *workload, uint64_t key_count) {
    workload->key_count = key_count;
    avo_zipf_grow(&workload->zipf, key_count);
}

/* Spreads neighbouring ranks over all keys: YCSB's fnvhash64, the magnitude of a signed 64-bit FNV-1a. */
static uint64_t scramble(uint64_t rank) {
    uint64_t hash = 0xcbf29ce484222325;
    for (int i = 0; i < 8; i++) {
        hash = (hash ^ (rank & 0xff)) * 0x100000001b3;
        rank >>= 8;
    }
    return (hash >> 63) != 0 ? -hash : hash;
}

static uint64_t key_next(struct avo_workload *workload) {
    switch (workload->distribution) {
    case AVO_ZIPFIAN:
        return scramble(avo_zipf_rank(&workload->zipf, &workload->prng)) % workload->key_count;
    case AVO_UNIFORM:
        return avo_prng_below(&workload->prng, workload->key_count);
    case AVO_SEQUENTIAL:
        return workload->next_key++ % workload->key_count;
    case AVO_LATEST:
        return workload->key_count - 1 - avo_zipf_rank(&workload->zipf, &workload->prng);
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
