#include "trusted/process/process.h"
#include "base/secret.h"
#include "trusted/process/doorbell.h"
#include "trusted/process/exit.h"
#include "trusted/process/seed.h"
#include <errno.h>
#include <sched.h>
#include <sodium.h>
#include <string.h>

_Static_assert(AVO_EVIDENCE_MAX_BYTES >= AVO_TEE_EVIDENCE_MAX_BYTES, "evidence fits");

#define DRIVER_BYTES (64U << 10) /* kept for what drives a worker */
#define STEWARD_TICK_US 250000   /* it looks so often for letters of the workers, which do not ring */

static _Noreturn void end_memory(const struct avo_process *process) {
    avo_process_end(
        AVO_ENDING_MEMORY, "slot %u: the budget of %llu MiB is too small for %u workers: give a larger --budget or fewer --workers",
        process->launch.slot, (unsigned long long)(process->launch.budget_bytes >> 20), process->launch.layout.worker_count);
}

static void rdrand_missing(int number) {
    (void)number;
    avo_process_end(AVO_ENDING_MACHINE, "%s", AVO_SEED_MISSING_TEXT);
}

static void drbg_seed(struct avo_process *process) {
    uint8_t seed[AVO_SEED_BYTES];
    if (sodium_init() < 0 || avo_seed_draw(seed, rdrand_missing) != AVO_OK) {
        avo_process_end(AVO_ENDING_MACHINE, "%s", AVO_SEED_FAILED_TEXT);
    }
    avo_drbg_seed(&process->drbg, seed);
    avo_secret_wipe(seed, sizeof seed);
}

void avo_process_begin(struct avo_process *process) {
    (void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
    if (avo_aead_warning() != NULL) {
        avo_process_say(AVO_LOG_WARN, "%s", avo_aead_warning());
    }
    if (avo_memory_map(&process->memory, process->launch.budget_bytes) != AVO_OK) {
        avo_process_end(AVO_ENDING_MEMORY, "cannot have %llu MiB of memory: %s; give a smaller --budget",
                        (unsigned long long)(process->launch.budget_bytes >> 20), strerror(errno));
    }
    drbg_seed(process);
}

void *avo_process_take(struct avo_process *process, size_t bytes) {
    void *taken = avo_arena_take(&process->memory.arena, 1, bytes);
    if (taken == NULL) {
        end_memory(process);
    }
    return taken;
}

/* What each worker gets when stacks and small things are taken off. */
static size_t share_bytes(const struct avo_process *process) {
    uint32_t count = process->launch.layout.worker_count;
    size_t overhead = count * (AVO_STACK_BYTES + DRIVER_BYTES);
    size_t left = avo_arena_left_bytes(&process->memory.arena);
    if (left <= overhead) {
        end_memory(process);
    }
    return (left - overhead) / count / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES;
}

static enum avo_error machine_evidence(void *context, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence) {
    const struct avo_process *process = context;
    return process->tee->evidence(report_data, evidence);
}

static enum avo_error machine_report(void *context, const uint8_t target[AVO_LOCAL_TARGET_BYTES],
                                     const uint8_t report_data[AVO_BINDING_BYTES], uint8_t report[AVO_LOCAL_REPORT_MESSAGE_BYTES]) {
    const struct avo_process *process = context;
    if (process->tee->local_report == NULL) {
        avo_process_end(AVO_ENDING_LAUNCH, "slot %u: %s has no local reports: start the node without --las", process->launch.slot,
                        process->tee->name);
    }
    return process->tee->local_report(target, report_data, report);
}

static void machine_say(void *context, enum avo_log_level level, const char *text) {
    (void)context;
    avo_process_say(level, "%s", text);
}

static void machine_end(void *context, enum avo_ending status, const char *text) {
    (void)context;
    avo_process_end(status, "%s", text);
}

static void turn(struct avo_process *process) {
    if (avo_driver_poll(process->driver)) {
        avo_doorbell_ring(process->control_fd);
    } else {
        avo_doorbell_wait(process->control_fd);
    }
}

void avo_process_join(struct avo_process *process) {
    process->machine = (struct avo_machine){process, machine_evidence, machine_report, machine_say, machine_end};
    struct avo_aead *aead = avo_aead_create(&process->memory.arena, AVO_AEAD_BEST);
    struct avo_driver_config config = {
        .region = process->region,
        .steward = {.launch = &process->launch, .tee = process->tee->kind, .aead = aead, .random = &process->drbg.random},
        .machine = &process->machine};
    process->driver = aead == NULL ? NULL : avo_driver_create(&process->memory.arena, &config);
    if (process->driver == NULL) {
        end_memory(process);
    }
    while (avo_driver_identity(process->driver) == NULL) {
        turn(process);
    }
    process->share_bytes = share_bytes(process);
}

void avo_process_steward_tick(struct avo_process *process) {
    avo_doorbell_tick(process->control_fd, STEWARD_TICK_US);
}

void avo_process_steward(struct avo_process *process) {
    for (;;) {
        turn(process);
    }
}

struct avo_worker *avo_process_worker(struct avo_process *process, uint32_t index) {
    struct avo_drbg *drbg = avo_process_take(process, sizeof *drbg);
    struct avo_mailboxes *mailboxes = avo_driver_mailboxes(process->driver, index);
    struct avo_arena own = avo_arena(avo_process_take(process, process->share_bytes), process->share_bytes);
    uint8_t seed[AVO_SEED_BYTES];
    avo_random_fill(&process->drbg.random, seed, sizeof seed);
    avo_drbg_seed(drbg, seed);
    avo_secret_wipe(seed, sizeof seed);
    struct avo_worker_config config = {.slot = process->launch.slot,
                                       .index = (uint8_t)index,
                                       .door = avo_region_worker(process->region, &process->launch.layout, index),
                                       .identity = avo_driver_identity(process->driver),
                                       .random = &drbg->random,
                                       .secret_memory = process->memory.kind,
                                       .aead = AVO_AEAD_BEST,
                                       .from_steward = &mailboxes->to_worker,
                                       .to_steward = &mailboxes->to_steward};
    struct avo_worker *worker = avo_worker_create(&own, &config);
    if (worker == NULL) {
        end_memory(process);
    }
    return worker;
}

void avo_process_thread(struct avo_process *process, void *(*run)(void *), void *argument) {
    enum avo_error error = avo_memory_thread(&process->memory, run, argument);
    if (error == AVO_EFULL) {
        end_memory(process);
    }
    if (error != AVO_OK) {
        avo_process_end(AVO_ENDING_MEMORY, "slot %u: cannot start a thread: allow more processes or memory", process->launch.slot);
    }
}

void avo_process_serving(const struct avo_process *process) {
    uint32_t count = process->launch.layout.worker_count;
    avo_process_say(AVO_LOG_INFO, "slot %u: serving with %u worker%s in %s memory", process->launch.slot, count,
                    count == 1 ? "" : "s", avo_memory_name(process->memory.kind));
    if (process->memory.kind == AVO_MEMORY_PLAIN) {
        avo_process_say(AVO_LOG_WARN,
                        "slot %u: its memory is plain, so the host may swap it out: allow %llu KiB of locked memory (ulimit -l)",
                        process->launch.slot, (unsigned long long)(process->launch.budget_bytes >> 10));
    }
}
