/* Nodes that `up --restart` starts again: when, and what is said of it. `up` keeps one for each slot and writes them into a file
 * under --dir, from which `status` reads; that is the host's word. */
#ifndef AVO_CLI_BASE_RESTARTS_H
#define AVO_CLI_BASE_RESTARTS_H

#include "base/compiler.h"
#include "base/limits.h"
#include <stdbool.h>
#include <stdint.h>

#define AVO_RESTARTS_FILE "restarts.json"
#define AVO_RESTART_FIRST_US 1000000 /* after it ended; twice as long each time that it ends ... */
#define AVO_RESTART_LONGEST_US 60000000
#define AVO_RESTART_LIVED_US 60000000 /* ... within so long after its start */

enum avo_restart_state {
    AVO_RESTART_RUNS,  /* as far as is known */
    AVO_RESTART_WAITS, /* it ended, and is started again at `due_us` */
    AVO_RESTART_LEFT,  /* it ended for good: told to, refused, removed or replaced */
};

struct avo_restart {
    enum avo_restart_state state;
    unsigned count;      /* how often it ended in a row; 0: it lived long enough */
    uint64_t started_us; /* all of the monotonic clock */
    uint64_t due_us;
    int64_t ended_s; /* Unix time of the last end; 0: it never did */
};

/* It ended, with this status as wait(2) gives it. */
void avo_restart_ended(struct avo_restart *restart, int wait_status, uint64_t now_us, int64_t now_s);
/* It was started, by us or by somebody else. */
void avo_restart_started(struct avo_restart *restart, uint64_t now_us);
/* Looks whether it lived long enough; true when that is news. */
bool avo_restart_settles(struct avo_restart *restart, uint64_t now_us);

struct avo_restarts {
    unsigned count; /* slots from 0; 0: nobody starts nodes of this folder again */
    struct avo_restart slots[AVO_SLOT_MAX_COUNT];
};

/* Writes what `status` reads; a disk that is full loses it, and nothing else. */
void avo_restarts_write(const struct avo_restarts *restarts, const char *dir);
/* What stands there: states, counts and ends alone. */
void avo_restarts_read(struct avo_restarts *restarts, const char *dir);
void avo_restarts_remove(const char *dir);

#endif
