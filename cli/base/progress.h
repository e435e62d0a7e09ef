/* A progress bar on standard error, when that is a terminal. */
#ifndef AVO_CLI_BASE_PROGRESS_H
#define AVO_CLI_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct avo_progress {
    bool shown; /* standard error is a terminal */
    uint64_t total;
    const char *unit; /* what is counted: "stored" */
    uint64_t drawn_us;
};

/* `total`: what is 100 %; 0 when nobody knows. */
struct avo_progress avo_progress(uint64_t total, const char *unit);
/* Draws at most ten times a second. */
void avo_progress_show(struct avo_progress *progress, uint64_t done, uint64_t count);
/* Takes the bar off the terminal until it is shown again: for a line in between. */
void avo_progress_clear(struct avo_progress *progress);
/* Takes the bar away. */
void avo_progress_end(struct avo_progress *progress);

#endif
