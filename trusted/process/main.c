/* avocado-enclave: the process around the workers. Started by the simulated CPU on behalf of avocado-node, never by hand.
 *
 * It reads its launch, maps region and memory, becomes a member, locks itself in and serves. Nothing here decides anything about
 * data.
 */
#include "base/secret.h"
#include "boundary/region.h"
#include "trusted/enclave/drbg.h"
#include "trusted/process/admission.h"
#include "trusted/process/exit.h"
#include "trusted/process/instruction.h"
#include "trusted/process/memory.h"
#include "trusted/process/sandbox.h"
#include "trusted/process/seed.h"
#include "trusted/process/serve.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The descriptors that avocado-node passes, in this order (host/enclave.c). */
enum {
    LAUNCH_FD = AVO_INSTRUCTION_FIRST_PASSED_FD, /* a pipe: the launch in one piece; its end is the host's end */
    REGION_FD,
    CONTROL_FD,
    WORKER_FD, /* one a worker from here on */
};

#define SPIN_TURNS_DEFAULT 100

struct process {
    struct avo_launch launch;
    uint8_t *region;
    struct avo_memory memory;
    struct avo_drbg drbg;
    uint32_t spin_turns;
};

static void launch_take(struct process *process) {
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES];
    ssize_t got = read(LAUNCH_FD, bytes, sizeof bytes);
    if (got <= 0 || avo_launch_read(avo_slice(bytes, (size_t)got), &process->launch) != AVO_OK) {
        avo_process_end(AVO_EXIT_LAUNCH,
                        "the launch is malformed or out of range: start the enclave by avocado-node of this version");
    }
}

/* A region that the host could shrink, or that is shorter than its layout, would end this process at some later access. */
static void region_map(struct process *process) {
    const struct avo_region_layout *layout = &process->launch.layout;
    uint64_t bytes = avo_region_bytes(layout);
    struct stat status;
    int seals = fcntl(REGION_FD, F_GET_SEALS); /* negative, all bits set, where files have none */
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(REGION_FD, &status) != 0 || (uint64_t)status.st_size < bytes) {
        avo_process_end(AVO_EXIT_LAUNCH, "the region is shorter than its layout, or not sealed: use avocado-node of this version");
    }
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, REGION_FD, 0);
    if (mapped == MAP_FAILED) {
        avo_process_end(AVO_EXIT_MEMORY, "cannot map the region of %llu MiB: %s; give a smaller --host-memory",
                        (unsigned long long)(bytes >> 20), strerror(errno));
    }
    process->region = mapped;
    if (avo_region_check(process->region, layout) != AVO_OK) {
        avo_process_end(AVO_EXIT_LAUNCH, "the region has another layout than the launch: use avocado-node of this version");
    }
}

static void drbg_seed(struct process *process) {
    uint8_t seed[AVO_SEED_BYTES];
    if (sodium_init() < 0 || avo_seed_draw(seed) != AVO_OK) {
        avo_process_end(AVO_EXIT_SANDBOX, "neither CPU nor kernel gives randomness: use another machine");
    }
    avo_drbg_seed(&process->drbg, seed);
    avo_secret_wipe(seed, sizeof seed);
}

static _Noreturn void end_memory(const struct process *process) {
    avo_process_end(
        AVO_EXIT_MEMORY, "slot %u: the budget of %llu MiB is too small for %u workers: give a larger --budget or fewer --workers",
        process->launch.slot, (unsigned long long)(process->launch.budget_bytes >> 20), process->launch.layout.worker_count);
}

/* One worker over its share of what is left of the budget. */
static struct avo_serve *worker_make(struct process *process, const struct avo_identity *identity, uint32_t index,
                                     size_t share_bytes) {
    struct avo_arena *arena = &process->memory.arena;
    struct avo_serve *serve = avo_arena_take(arena, 1, sizeof *serve);
    struct avo_drbg *drbg = avo_arena_take(arena, 1, sizeof *drbg);
    void *share = avo_arena_take(arena, 1, share_bytes);
    if (serve == NULL || drbg == NULL || share == NULL) {
        end_memory(process);
    }
    uint8_t seed[AVO_SEED_BYTES];
    avo_random_fill(&process->drbg.random, seed, sizeof seed);
    avo_drbg_seed(drbg, seed);
    avo_secret_wipe(seed, sizeof seed);
    struct avo_arena own = avo_arena(share, share_bytes);
    struct avo_worker_config config = {.slot = process->launch.slot,
                                       .index = (uint8_t)index,
                                       .door = avo_region_worker(process->region, &process->launch.layout, index),
                                       .identity = identity,
                                       .random = &drbg->random,
                                       .secret_memory = process->memory.kind,
                                       .aead = AVO_AEAD_BEST};
    *serve = (struct avo_serve){.worker = avo_worker_create(&own, &config),
                                .region = process->region,
                                .layout = &process->launch.layout,
                                .index = index,
                                .spin_turns = process->spin_turns,
                                .doorbell_fd = WORKER_FD + (int)index};
    if (serve->worker == NULL) {
        end_memory(process);
    }
    return serve;
}

/* What each worker gets when stacks and small things are taken off. */
static size_t share_bytes(const struct process *process) {
    uint32_t count = process->launch.layout.worker_count;
    size_t overhead = count * (AVO_STACK_BYTES + (64U << 10));
    size_t left = avo_arena_left_bytes(&process->memory.arena);
    if (left <= overhead) {
        end_memory(process);
    }
    return (left - overhead) / count / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES;
}

static const struct avo_identity *join(struct process *process) {
    struct avo_admission *admission = avo_arena_take(&process->memory.arena, 1, sizeof *admission);
    struct avo_aead *aead = avo_aead_create(&process->memory.arena, AVO_AEAD_BEST);
    if (admission == NULL || aead == NULL) {
        end_memory(process);
    }
    struct avo_admission_config config = {
        .region = process->region,
        .join = {.launch = &process->launch, .tee = AVO_TEE_SGX, .aead = aead, .random = &process->drbg.random},
        .instruction_fd = AVO_INSTRUCTION_FD,
        .doorbell_fd = CONTROL_FD};
    return avo_admission_run(admission, &config);
}

/* The first worker runs on the thread that joined, the others on their own. */
static void *control_run(void *argument) {
    struct process *process = argument;
    const struct avo_identity *identity = join(process);
    struct avo_serve *first = NULL;
    size_t share = share_bytes(process);
    for (uint32_t i = 0; i < process->launch.layout.worker_count; i++) {
        struct avo_serve *serve = worker_make(process, identity, i, share);
        if (i == 0) {
            first = serve;
        } else if (avo_memory_thread(&process->memory, avo_serve_run, serve) != AVO_OK) {
            avo_process_end(AVO_EXIT_MEMORY, "slot %u: cannot start a thread: allow more processes or memory",
                            process->launch.slot);
        }
    }
    avo_process_say("slot %u: serving with %u worker%s in %s memory", process->launch.slot, process->launch.layout.worker_count,
                    process->launch.layout.worker_count == 1 ? "" : "s", avo_memory_name(process->memory.kind));
    if (process->memory.kind == AVO_MEMORY_PLAIN) {
        avo_process_say("slot %u: its memory is plain, so the host may swap it out: allow %llu KiB of locked memory (ulimit -l)",
                        process->launch.slot, (unsigned long long)(process->launch.budget_bytes >> 10));
    }
    return avo_serve_run(first);
}

/* The launch pipe stays open for as long as the host lives. */
static _Noreturn void wait_for_the_host_to_end(void) {
    uint8_t ignored[64];
    if (avo_sandbox_enter(LAUNCH_FD, AVO_SANDBOX_NO_FD) != AVO_OK) {
        avo_process_end(AVO_EXIT_SANDBOX, "the kernel refused the system call filter: allow seccomp");
    }
    for (;;) {
        ssize_t got = read(LAUNCH_FD, ignored, sizeof ignored);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            _exit(AVO_EXIT_HOST_GONE);
        }
    }
}

static uint32_t spin_turns_of(int argc, char **argv) {
    char *end;
    if (argc != 3 || strcmp(argv[1], "--spin-turns") != 0) {
        return SPIN_TURNS_DEFAULT;
    }
    unsigned long turns = strtoul(argv[2], &end, 10);
    return *end == 0 && turns <= UINT32_MAX ? (uint32_t)turns : SPIN_TURNS_DEFAULT;
}

int main(int argc, char **argv) {
    static struct process process; /* one a process; threads keep pointers into it */
    if (fcntl(LAUNCH_FD, F_GETFD) < 0 || fcntl(WORKER_FD, F_GETFD) < 0) {
        avo_process_end(AVO_EXIT_USAGE, "this is the program inside a node: it is started by avocado-node");
    }
    if (avo_sandbox_harden() != AVO_OK) {
        avo_process_end(AVO_EXIT_SANDBOX, "the kernel refused to make this process undumpable: %s", strerror(errno));
    }
    (void)prctl(PR_SET_NAME, "avocado-enclave");
    process.spin_turns = spin_turns_of(argc, argv);
    launch_take(&process);
    region_map(&process);
    if (avo_memory_map(&process.memory, process.launch.budget_bytes) != AVO_OK) {
        avo_process_end(AVO_EXIT_MEMORY, "cannot have %llu MiB of memory: %s; give a smaller --budget",
                        (unsigned long long)(process.launch.budget_bytes >> 20), strerror(errno));
    }
    drbg_seed(&process);
    if (!avo_sandbox_close_files()) {
        avo_process_say("this kernel has no Landlock; seccomp alone closes the files");
    }
    if (avo_memory_thread(&process.memory, control_run, &process) != AVO_OK) {
        end_memory(&process);
    }
    wait_for_the_host_to_end();
}
