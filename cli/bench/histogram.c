#include "cli/bench/histogram.h"
#include "base/compiler.h"
#include <stddef.h>

#define STEP_BITS 7
#define MILLION 1000000

/* Values below 128 have a bucket each; then 128 buckets a power of two. */
static size_t bucket_of(uint64_t value) {
    if (value < AVO_HISTOGRAM_STEPS) {
        return (size_t)value;
    }
    unsigned power = 63U - (unsigned)__builtin_clzll(value) - STEP_BITS;
    size_t bucket = (size_t)(power + 1) * AVO_HISTOGRAM_STEPS + (size_t)((value >> power) - AVO_HISTOGRAM_STEPS);
    size_t last = AVO_COUNT(((struct avo_histogram *)0)->buckets) - 1;
    return bucket < last ? bucket : last;
}

/* The largest value of a bucket. */
static uint64_t bucket_top(size_t bucket) {
    if (bucket < AVO_HISTOGRAM_STEPS) {
        return bucket;
    }
    size_t power = bucket / AVO_HISTOGRAM_STEPS - 1;
    return (((uint64_t)AVO_HISTOGRAM_STEPS + bucket % AVO_HISTOGRAM_STEPS + 1) << power) - 1;
}

void avo_histogram_add(struct avo_histogram *histogram, uint64_t value) {
    histogram->buckets[bucket_of(value)]++;
    histogram->count++;
    histogram->max = value > histogram->max ? value : histogram->max;
}

uint64_t avo_histogram_at(const struct avo_histogram *histogram, uint32_t ppm) {
    uint64_t wanted = (histogram->count * ppm + MILLION - 1) / MILLION;
    uint64_t seen = 0;
    for (size_t i = 0; histogram->count > 0 && i < AVO_COUNT(histogram->buckets); i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted && seen > 0) {
            return bucket_top(i) < histogram->max ? bucket_top(i) : histogram->max;
        }
    }
    return histogram->count > 0 ? histogram->max : 0;
}

uint64_t avo_histogram_below(const struct avo_histogram *histogram, uint64_t value) {
    uint64_t seen = 0;
    for (size_t i = 0; i <= bucket_of(value); i++) {
        seen += histogram->buckets[i];
    }
    return seen;
}
