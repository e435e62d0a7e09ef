#include "cli/base/progress.h"
#include "client/io/clock.h"
#include <stdio.h>
#include <unistd.h>

#define BAR_CELLS 40
#define REDRAW_US 100000

struct avo_progress avo_progress(uint64_t total, const char *unit) {
    return (struct avo_progress){.shown = isatty(STDERR_FILENO) == 1, .total = total, .unit = unit};
}

void avo_progress_show(struct avo_progress *progress, uint64_t done, uint64_t count) {
    static const char bar[] = "########################################";
    uint64_t now_us = avo_clock_us();
    if (!progress->shown || now_us < progress->drawn_us + REDRAW_US) {
        return;
    }
    progress->drawn_us = now_us;
    if (progress->total == 0) {
        (void)fprintf(stderr, "\r%llu %s", (unsigned long long)count, progress->unit);
    } else {
        uint64_t part = done < progress->total ? done : progress->total;
        int cells = (int)(part * BAR_CELLS / progress->total);
        (void)fprintf(stderr, "\r[%-*.*s] %3d %%  %llu %s", BAR_CELLS, cells, bar, (int)(part * 100 / progress->total),
                      (unsigned long long)count, progress->unit);
    }
}

void avo_progress_clear(struct avo_progress *progress) {
    if (progress->shown && progress->drawn_us != 0) {
        (void)fprintf(stderr, "\r\033[K");
    }
}

void avo_progress_end(struct avo_progress *progress) {
    avo_progress_clear(progress);
    progress->shown = false;
}
