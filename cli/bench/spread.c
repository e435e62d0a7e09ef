#include "cli/bench/spread.h"
#include "base/assert.h"
#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

struct avo_spread avo_spread(const double *values, size_t count) {
    double sorted[AVO_SPREAD_MAX];
    AVO_ASSERT(count >= 1 && count <= AVO_SPREAD_MAX);
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, by_size);
    double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    return (struct avo_spread){sorted[0], median, sorted[count - 1]};
}
