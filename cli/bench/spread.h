/* Of a few rounds the smallest, the middle and the largest. */
#ifndef AVO_CLI_BENCH_SPREAD_H
#define AVO_CLI_BENCH_SPREAD_H

#include <stddef.h>

#define AVO_SPREAD_MAX 100

struct avo_spread {
    double min;
    double median; /* of an even number the mean of the two in the middle */
    double max;
};

/* From 1 to AVO_SPREAD_MAX values; asserts that. */
struct avo_spread avo_spread(const double *values, size_t count);

#endif
