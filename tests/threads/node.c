#include "tests/threads/node.h"
#include "host/enclave.h"
#include "trusted/process/exit.h"
#include "trusted/process/sandbox.h"
#include "trusted/process/seed.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKER_BYTES (16U << 20)
#define HOST_MEMORY_BYTES (8U << 20)
#define SPIN_TURNS 20

enum avo_error __wrap_avo_sandbox_enter(struct avo_sandbox sandbox);
_Noreturn void __wrap__exit(int status);
_Noreturn void __real__exit(int status);

/* The sanitizers make system calls of their own, and host and tests live in this process too. */
enum avo_error __wrap_avo_sandbox_enter(struct avo_sandbox sandbox) {
    return sandbox.read_fd == sandbox.write_fd ? AVO_OK : AVO_EINVAL;
}

/* An enclave that sees its host gone ends; here that is one worker's thread. */
_Noreturn void __wrap__exit(int status) {
    if (status == AVO_ENDING_HOST_GONE) {
        pthread_exit(NULL);
    }
    __real__exit(status);
}

static bool fail(struct avo_node *node, const char *what) {
    (void)snprintf(node->why, sizeof node->why, "node %u: %s: %s", node->slot, what, strerror(errno));
    return false;
}

static bool region_make(struct avo_node *node) {
    char path[128];
    struct avo_region_layout layout = avo_host_region_layout(AVO_NODE_WORKERS, AVO_MTU_DEFAULT_BYTES, HOST_MEMORY_BYTES);
    (void)snprintf(path, sizeof path, "/tmp/avocado-threads-%d-%u", (int)getpid(), node->slot);
    bool made = avo_region_layout_check(&layout) == AVO_OK && avo_host_region_create(&node->region, &layout, path) == AVO_OK;
    (void)unlink(path);
    return made ? true : fail(node, "region");
}

static bool worker_make(struct avo_node *node, uint32_t index) {
    struct avo_node_worker *worker = &node->workers[index];
    uint8_t seed[AVO_SEED_BYTES];
    worker->memory = mmap(NULL, WORKER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (worker->memory == MAP_FAILED || avo_seed_draw(seed, SIG_DFL) != AVO_OK) {
        return fail(node, "memory");
    }
    avo_drbg_seed(&worker->drbg, seed);
    struct avo_arena arena = avo_arena(worker->memory, WORKER_BYTES);
    struct avo_worker_config config = {.slot = node->slot,
                                       .index = (uint8_t)index,
                                       .door = avo_region_worker(node->region.memory, &node->region.layout, index),
                                       .identity = node->identity,
                                       .random = &worker->drbg.random,
                                       .secret_memory = AVO_MEMORY_PLAIN,
                                       .aead = AVO_AEAD_BEST};
    worker->serve = (struct avo_serve){.worker = avo_worker_create(&arena, &config),
                                       .region = node->region.memory,
                                       .layout = &node->region.layout,
                                       .index = index,
                                       .spin_turns = SPIN_TURNS,
                                       .doorbell_fd = worker->doorbell[1]};
    return worker->serve.worker != NULL ? true : fail(node, "worker");
}

static bool host_make(struct avo_node *node, uint32_t index) {
    struct avo_node_worker *worker = &node->workers[index];
    char why[AVO_TRANSPORT_WHY_BYTES];
    struct avo_address address = node->address;
    address.port = (uint16_t)(address.port + index);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, worker->doorbell) != 0 ||
        fcntl(worker->doorbell[0], F_SETFL, O_NONBLOCK) != 0) {
        return fail(node, "doorbell");
    }
    worker->transport = avo_transport_udp(&address, why);
    if (worker->transport == NULL) {
        return fail(node, why);
    }
    worker->clock = avo_clock_start();
    avo_loop_init(&worker->loop, node->region.memory, &node->region.layout, index, worker->transport, &worker->clock,
                  worker->doorbell[0]);
    return true;
}

void *avo_node_start(void *argument) {
    struct avo_node *node = argument;
    bool made = region_make(node);
    for (uint32_t i = 0; made && i < AVO_NODE_WORKERS; i++) {
        struct avo_node_worker *worker = &node->workers[i];
        made = host_make(node, i) && worker_make(node, i) &&
               ((pthread_create(&worker->host_thread, NULL, avo_loop_run, &worker->loop) == 0 &&
                 pthread_create(&worker->enclave_thread, NULL, avo_serve_run, &worker->serve) == 0)
                    ? true
                    : fail(node, "thread"));
    }
    return node;
}

void avo_node_stop(struct avo_node *node) {
    for (uint32_t i = 0; i < AVO_NODE_WORKERS; i++) {
        struct avo_node_worker *worker = &node->workers[i];
        (void)shutdown(worker->doorbell[0], SHUT_RDWR);
        pthread_join(worker->enclave_thread, NULL);
        pthread_join(worker->host_thread, NULL);
        worker->transport->methods->close(worker->transport);
        close(worker->doorbell[0]);
        close(worker->doorbell[1]);
        avo_arena_end(worker->memory, WORKER_BYTES);
        (void)munmap(worker->memory, WORKER_BYTES);
    }
    (void)munmap(node->region.memory, avo_region_bytes(&node->region.layout));
    close(node->region.fd);
}
