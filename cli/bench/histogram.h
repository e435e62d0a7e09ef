/* A histogram with a bounded relative error (after HdrHistogram, which Debian has for Java and Go but not for C): 128 equal steps
 * within each power of two, so that a percentile is at most 1/128 above the truth. */
#ifndef AVO_CLI_BENCH_HISTOGRAM_H
#define AVO_CLI_BENCH_HISTOGRAM_H

#include <stdint.h>

#define AVO_HISTOGRAM_STEPS 128
#define AVO_HISTOGRAM_POWERS 33 /* values below 2^40 are distinguished */

struct avo_histogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[(AVO_HISTOGRAM_POWERS + 1) * AVO_HISTOGRAM_STEPS];
};

void avo_histogram_add(struct avo_histogram *histogram, uint64_t value);
/* The smallest recorded value (up to the error) that at least `ppm` of a million values are not above; 0 when empty. */
uint64_t avo_histogram_at(const struct avo_histogram *histogram, uint32_t ppm);
/* How many values are not above `value` (up to the error). */
uint64_t avo_histogram_below(const struct avo_histogram *histogram, uint64_t value);

#endif
