/* What a process needs to be an enclave, whatever then drives its workers: memory, randomness, an identity, the workers themselves.
 * Each call ends the process with a line that says why when it fails. */
#ifndef AVO_PROCESS_PROCESS_H
#define AVO_PROCESS_PROCESS_H

#include "base/drbg.h"
#include "tee/inside/inside.h"
#include "trusted/process/memory.h"
#include "trusted/steward/driver.h"

struct avo_process {
    struct avo_launch launch; /* set by the caller, as are the next three, and kept for the process's life */
    const struct avo_tee_inside *tee;
    uint8_t *region; /* mapped, as long as the launch's layout says */
    int control_fd;  /* doorbell of the control stream: the enclave's end */
    struct avo_memory memory;
    struct avo_drbg drbg;
    struct avo_machine machine; /* for the driver */
    struct avo_driver *driver;  /* since avo_process_join */
    size_t share_bytes;         /* of each worker */
};

/* Maps the budget and seeds the randomness. This thread, and those it starts, will not interrupt others when they are woken
 * (SCHED_BATCH): what gathers meanwhile goes in one batch. Before the sandbox is entered. */
void avo_process_begin(struct avo_process *process);
/* Blocks until this enclave is a member. */
void avo_process_join(struct avo_process *process);
/* The steward's work from then on, on the thread that joined: asleep but for a look every quarter of a second, which
 * avo_process_steward_tick sets up, before the sandbox is entered. */
void avo_process_steward_tick(struct avo_process *process);
_Noreturn void avo_process_steward(struct avo_process *process);
/* Worker `index` over its share of what is left of the budget; index by index from 0, after the join. Never NULL. */
struct avo_worker *avo_process_worker(struct avo_process *process, uint32_t index);
/* Memory for what drives a worker, zeroed, from the same budget. Never NULL. */
void *avo_process_take(struct avo_process *process, size_t bytes);
/* Starts a thread with a stack from the budget. */
void avo_process_thread(struct avo_process *process, void *(*run)(void *), void *argument);
/* The lines that say that it serves, and in what memory. */
void avo_process_serving(const struct avo_process *process);

#endif
