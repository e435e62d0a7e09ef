/* avocado-enclave: the process around the workers. Started by the simulated CPU on behalf of avocado-node, never by hand.
 *
 * It reads its launch, maps region and memory, becomes a member, locks itself in and serves. Nothing here decides anything about
 * data.
 */
#include "base/wire.h"
#include "boundary/descriptors.h"
#include "trusted/process/exit.h"
#include "trusted/process/process.h"
#include "trusted/process/sandbox.h"
#include "trusted/process/serve.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What avocado-node passes (boundary/descriptors.h), by number. */
#define LAUNCH_FD (AVO_TEE_FIRST_PASSED_FD + AVO_PASSED_LAUNCH)
#define REGION_FD (AVO_TEE_FIRST_PASSED_FD + AVO_PASSED_REGION)
#define CONTROL_FD (AVO_TEE_FIRST_PASSED_FD + AVO_PASSED_CONTROL)
#define WORKER_FD (AVO_TEE_FIRST_PASSED_FD + AVO_PASSED_WORKER)

#define SPIN_TURNS_DEFAULT 100

struct enclave {
    struct avo_process process;
    uint32_t spin_turns;
};

static void launch_take(struct avo_process *process) {
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES];
    ssize_t got;
    do {
        got = read(LAUNCH_FD, bytes, sizeof bytes);
    } while (got < 0 && errno == EINTR);
    enum avo_error error = got <= 0 ? AVO_EFORMAT : avo_launch_read(avo_slice(bytes, (size_t)got), &process->launch);
    if (error == AVO_EVERSION) {
        avo_process_end(AVO_ENDING_LAUNCH,
                        "avocado-node speaks wire version %u, this program speaks version %u: upgrade the older of the two",
                        bytes[0], avo_wire_highest());
    }
    if (error != AVO_OK) {
        avo_process_end(AVO_ENDING_LAUNCH,
                        "the launch is malformed or out of range: start the enclave by avocado-node of this version");
    }
}

/* A region that the host could shrink, or that is shorter than its layout, would end this process at some later access. */
static void region_map(struct avo_process *process) {
    const struct avo_region_layout *layout = &process->launch.layout;
    uint64_t bytes = avo_region_bytes(layout);
    struct stat status;
    int seals = fcntl(REGION_FD, F_GET_SEALS); /* negative, all bits set, where files have none */
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(REGION_FD, &status) != 0 || (uint64_t)status.st_size < bytes) {
        avo_process_end(AVO_ENDING_LAUNCH,
                        "the region is shorter than its layout, or not sealed: use avocado-node of this version");
    }
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, REGION_FD, 0);
    if (mapped == MAP_FAILED) {
        avo_process_end(AVO_ENDING_MEMORY, "cannot map the region of %llu MiB: %s; give a smaller --host-memory",
                        (unsigned long long)(bytes >> 20), strerror(errno));
    }
    process->region = mapped;
    if (avo_region_check(process->region, layout) != AVO_OK) {
        avo_process_end(AVO_ENDING_LAUNCH, "the region has another layout than the launch: use avocado-node of this version");
    }
}

static struct avo_serve *serve_make(struct enclave *enclave, uint32_t index) {
    struct avo_serve *serve = avo_process_take(&enclave->process, sizeof *serve);
    *serve = (struct avo_serve){.worker = avo_process_worker(&enclave->process, index),
                                .region = enclave->process.region,
                                .layout = &enclave->process.launch.layout,
                                .index = index,
                                .spin_turns = enclave->spin_turns,
                                .doorbell_fd = WORKER_FD + (int)index};
    return serve;
}

/* The steward's thread: it joins, starts the workers on threads of their own, and sleeps on the control stream's doorbell from then
 * on. It keeps its log, which a worker never writes. */
static void *steward_run(void *argument) {
    struct enclave *enclave = argument;
    avo_process_join(&enclave->process);
    for (uint32_t i = 0; i < enclave->process.launch.layout.worker_count; i++) {
        avo_process_thread(&enclave->process, avo_serve_run, serve_make(enclave, i));
    }
    avo_process_serving(&enclave->process);
    avo_process_steward_tick(&enclave->process);
    if (avo_sandbox_enter((struct avo_sandbox){CONTROL_FD, CONTROL_FD, STDERR_FILENO}) != AVO_OK) {
        avo_process_end(AVO_ENDING_SANDBOX, "the kernel refused the system call filter: allow seccomp");
    }
    avo_process_steward(&enclave->process);
}

/* The launch pipe stays open for as long as the host lives. */
static _Noreturn void wait_for_the_host_to_end(void) {
    uint8_t ignored[64];
    if (avo_sandbox_enter((struct avo_sandbox){LAUNCH_FD, AVO_SANDBOX_NO_FD, AVO_SANDBOX_NO_FD}) != AVO_OK) {
        avo_process_end(AVO_ENDING_SANDBOX, "the kernel refused the system call filter: allow seccomp");
    }
    for (;;) {
        ssize_t got = read(LAUNCH_FD, ignored, sizeof ignored);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            _exit(AVO_ENDING_HOST_GONE);
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
    static struct enclave enclave; /* one a process; threads keep pointers into it */
    enclave.process.tee = avo_tee_inside();
    if (enclave.process.tee == NULL || fcntl(LAUNCH_FD, F_GETFD) < 0 || fcntl(WORKER_FD, F_GETFD) < 0) {
        avo_process_end(AVO_ENDING_USAGE, "this is the program inside a node: it is started by avocado-node");
    }
    if (avo_sandbox_harden() != AVO_OK) {
        avo_process_end(AVO_ENDING_SANDBOX, "the kernel refused to make this process undumpable: %s", strerror(errno));
    }
    (void)prctl(PR_SET_NAME, "avocado-enclave");
    (void)signal(SIGHUP, SIG_IGN); /* it has no log to open again */
    enclave.spin_turns = spin_turns_of(argc, argv);
    launch_take(&enclave.process);
    region_map(&enclave.process);
    enclave.process.control_fd = CONTROL_FD;
    avo_process_begin(&enclave.process);
    if (!avo_sandbox_close_files()) {
        avo_process_say(AVO_LOG_WARN, "this kernel has no Landlock; seccomp alone closes the files");
    }
    avo_process_thread(&enclave.process, steward_run, &enclave);
    wait_for_the_host_to_end();
}
