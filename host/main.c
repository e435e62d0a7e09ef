/* avocado-node: the untrusted half of a node. */
#include "host/log.h"
#include "host/loop.h"
#include "host/node.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_REFUSED 2      /* bad input, or it could not start */
#define EXIT_ENCLAVE_GONE 1 /* the enclave ended first */

struct host {
    struct avo_node node;
    struct avo_loop loops[AVO_WORKER_MAX_COUNT];
};

static bool enclave_start(struct avo_node *node) {
    char why[AVO_SIMCPU_WHY_BYTES];
    char hex[AVO_MEASURE_HEX_BYTES];
    struct avo_launch launch = avo_node_launch(node);
    struct avo_enclave_config config = {node->options.enclave_file, node->options.simcpu_socket, &node->region, &launch,
                                        node->options.spin_turns};
    if (avo_enclave_start(&node->enclave, &config, why) != AVO_OK) {
        avo_log("%s", why);
        return false;
    }
    for (size_t i = 0; i < AVO_MEASURE_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", node->enclave.measurement[i]);
    }
    avo_log("enclave runs in a SIMULATED TEE, process %u, measurement %s", node->enclave.process_id, hex);
    return avo_node_enclave_note(node);
}

static bool loops_start(struct host *host) {
    struct avo_node *node = &host->node;
    for (uint32_t i = 0; i < node->options.workers; i++) {
        pthread_t thread;
        avo_loop_init(&host->loops[i], node->region.memory, &node->region.layout, i, node->transports[i],
                      node->enclave.worker_fd[i]);
        if (pthread_create(&thread, NULL, avo_loop_run, &host->loops[i]) != 0) {
            avo_log("cannot start a thread: allow more processes (ulimit -u)");
            return false;
        }
        pthread_detach(thread);
    }
    return true;
}

static int run(struct host *host) {
    if (!avo_node_begin(&host->node) || !enclave_start(&host->node) || !loops_start(host)) {
        return EXIT_REFUSED;
    }
    int status = avo_node_watch(&host->node) ? 0 : EXIT_ENCLAVE_GONE;
    avo_node_end(&host->node);
    return status;
}

int main(int argc, char **argv) {
    char why[AVO_OPTIONS_WHY_BYTES];
    struct host *host = calloc(1, sizeof *host);
    if (host == NULL || avo_options_read(argc, argv, AVO_NODE_PROCESS, &host->node.options, why) != AVO_OK) {
        avo_log("%s", host == NULL ? "no memory: end other programs" : why);
        free(host);
        return EXIT_REFUSED;
    }
    struct avo_node *node = &host->node;
    if (node->options.help || node->options.version) {
        fputs(node->options.help ? avo_options_help() : "avocado-node " AVO_PROGRAM_VERSION "\n", stdout);
        free(host);
        return 0;
    }
    snprintf(node->name, sizeof node->name, "slot %u: ", node->options.slot);
    avo_log_name(node->name);
    exit(run(host)); /* the loops' threads end with the process, and the enclave sees it */
}
