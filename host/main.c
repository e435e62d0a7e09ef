/* avocado-node: the untrusted half of a node. */
#include "host/address.h"
#include "host/enclave.h"
#include "host/log.h"
#include "host/loop.h"
#include "host/options.h"
#include "host/region.h"
#include "host/relay.h"
#include "simcpu/file.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_REFUSED 2      /* bad input, or it could not start */
#define EXIT_ENCLAVE_GONE 1 /* the enclave ended first */

struct node {
    struct avo_options options;
    char name[16];
    char dir[PATH_MAX]; /* D/node-S */
    struct avo_host_region region;
    struct avo_enclave enclave;
    struct avo_transport *transports[AVO_WORKER_MAX_COUNT];
    struct avo_loop loops[AVO_WORKER_MAX_COUNT];
    struct avo_host_relay relay;
};

static bool dir_make(struct node *node) {
    int length = snprintf(node->dir, sizeof node->dir, "%s/node-%u", node->options.dir, node->options.slot);
    if (length >= (int)sizeof node->dir - 32) {
        avo_log("the path of --dir is too long: choose a shorter one");
        return false;
    }
    if ((mkdir(node->options.dir, 0700) != 0 && errno != EEXIST) || (mkdir(node->dir, 0700) != 0 && errno != EEXIST)) {
        avo_log("cannot make the folder %s: %s; make its parent folder, or give another --dir", node->dir, strerror(errno));
        return false;
    }
    return true;
}

static bool pid_write(const struct node *node, const char *name, uint32_t process_id) {
    char text[16];
    int length = snprintf(text, sizeof text, "%u\n", process_id);
    if (avo_file_write(node->dir, name, 0644, avo_slice(text, (size_t)length)) == AVO_OK) {
        return true;
    }
    avo_log("cannot write %s/%s: %s; free space, or give another --dir", node->dir, name, strerror(errno));
    return false;
}

/* All ports before anything else: one in use is the commonest mistake. */
static bool transports_open(struct node *node) {
    char why[AVO_TRANSPORT_WHY_BYTES];
    for (uint32_t i = 0; i < node->options.workers; i++) {
        struct avo_address address = node->options.bind;
        address.port = (uint16_t)(node->options.port + i);
        node->transports[i] = node->options.transport(&address, why);
        if (node->transports[i] == NULL) {
            avo_log("%s", why);
            return false;
        }
    }
    return true;
}

static bool region_make(struct node *node) {
    char path[PATH_MAX + 16];
    const struct avo_options *options = &node->options;
    struct avo_region_layout layout =
        avo_host_region_layout(options->workers, options->mtu, (uint64_t)options->host_memory_mib << 20);
    snprintf(path, sizeof path, "%s/region", node->dir);
    errno = ERANGE; /* when the layout is the reason */
    if (avo_region_layout_check(&layout) != AVO_OK || avo_host_region_create(&node->region, &layout, path) != AVO_OK) {
        avo_log("cannot make the shared region of %u MiB: %s; give a smaller --host-memory", options->host_memory_mib,
                strerror(errno));
        return false;
    }
    return true;
}

static bool enclave_start(struct node *node) {
    char why[AVO_SIMCPU_WHY_BYTES];
    char hex[AVO_MEASURE_HEX_BYTES];
    const struct avo_options *options = &node->options;
    struct avo_launch launch = {.slot = (uint8_t)options->slot,
                                .address = options->advertise,
                                .layout = node->region.layout,
                                .budget_bytes = (uint64_t)options->budget_mib << 20};
    memcpy(launch.cas_public_key, options->cas_key, sizeof launch.cas_public_key);
    struct avo_enclave_config config = {options->enclave_file, options->simcpu_socket, &node->region, &launch, options->spin_turns};
    if (avo_enclave_start(&node->enclave, &config, why) != AVO_OK) {
        avo_log("%s", why);
        return false;
    }
    for (size_t i = 0; i < AVO_MEASURE_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", node->enclave.measurement[i]);
    }
    avo_log("enclave runs in a SIMULATED TEE, process %u, measurement %s", node->enclave.process_id, hex);
    return pid_write(node, "enclave.pid", node->enclave.process_id);
}

static bool loops_start(struct node *node) {
    for (uint32_t i = 0; i < node->options.workers; i++) {
        pthread_t thread;
        avo_loop_init(&node->loops[i], node->region.memory, &node->region.layout, i, node->transports[i],
                      node->enclave.worker_fd[i]);
        if (pthread_create(&thread, NULL, avo_loop_run, &node->loops[i]) != 0) {
            avo_log("cannot start a thread: allow more processes (ulimit -u)");
            return false;
        }
        pthread_detach(thread);
    }
    return true;
}

static int enclave_ended(const struct node *node) {
    int status;
    char text[AVO_ENCLAVE_ENDING_BYTES];
    if (avo_simcpu_ended(node->enclave.connection, &status) == AVO_OK) {
        avo_enclave_ending(status, text);
        avo_log("the enclave ended: %s", text);
    } else {
        avo_log("the simulated CPU is gone, and the enclave with it");
    }
    return EXIT_ENCLAVE_GONE;
}

enum { POLL_SIGNAL, POLL_ENCLAVE, POLL_DOORBELL, POLL_RELAY, POLL_COUNT };

/* The main thread watches for signals and the enclave's end, and relays the control channel. */
static int watch(struct node *node, int signal_fd) {
    struct avo_clock clock = avo_clock_start();
    for (;;) {
        if (avo_host_relay_pump(&node->relay, avo_clock_now(&clock))) {
            avo_doorbell_host_ring(node->enclave.control_fd);
        }
        int wait_ms;
        struct pollfd polls[POLL_COUNT] = {{.fd = signal_fd, .events = POLLIN},
                                           {.fd = node->enclave.connection, .events = POLLIN},
                                           {.fd = node->enclave.control_fd, .events = POLLIN}};
        polls[POLL_RELAY].fd = avo_host_relay_poll(&node->relay, avo_clock_now(&clock), &polls[POLL_RELAY].events, &wait_ms);
        (void)poll(polls, POLL_COUNT, wait_ms);
        if (polls[POLL_SIGNAL].revents != 0) {
            avo_log("told to end");
            return 0;
        }
        if (polls[POLL_ENCLAVE].revents != 0) {
            return enclave_ended(node);
        }
        if (polls[POLL_DOORBELL].revents != 0 && !avo_doorbell_host_drain(node->enclave.control_fd)) {
            close(node->enclave.control_fd); /* its end follows on the other connection */
            node->enclave.control_fd = -1;
        }
    }
}

static int signals_block(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return sigprocmask(SIG_BLOCK, &signals, NULL) == 0 ? signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
}

static void limits_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void files_remove(const struct node *node) {
    static const char *const names[] = {"region", "host.pid", "enclave.pid"};
    char path[PATH_MAX + 16];
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", node->dir, names[i]);
        (void)unlink(path);
    }
}

static int run(struct node *node) {
    int signal_fd = signals_block();
    limits_raise();
    if (signal_fd < 0 || !dir_make(node) || !transports_open(node) || !region_make(node) ||
        !pid_write(node, "host.pid", (uint32_t)getpid()) || !enclave_start(node) || !loops_start(node)) {
        return EXIT_REFUSED;
    }
    avo_host_relay_init(&node->relay, node->region.memory, &node->region.layout, &node->options.cas);
    int status = watch(node, signal_fd);
    files_remove(node);
    return status;
}

int main(int argc, char **argv) {
    char why[AVO_OPTIONS_WHY_BYTES];
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL || avo_options_read(argc, argv, &node->options, why) != AVO_OK) {
        avo_log("%s", node == NULL ? "no memory: end other programs" : why);
        free(node);
        return EXIT_REFUSED;
    }
    if (node->options.help || node->options.version) {
        fputs(node->options.help ? avo_options_help() : "avocado-node " AVO_PROGRAM_VERSION "\n", stdout);
        free(node);
        return 0;
    }
    snprintf(node->name, sizeof node->name, "slot %u: ", node->options.slot);
    avo_log_name(node->name);
    exit(run(node)); /* the loops' threads end with the process, and the enclave sees it */
}
