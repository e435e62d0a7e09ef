/* avocado-node: the untrusted half of a node. */
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/service.h"
#include "host/loop.h"
#include "host/node.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_REFUSED AVO_NODE_REFUSED

struct host {
    struct avo_node node;
    struct avo_loop loops[AVO_WORKER_MAX_COUNT];
};

static bool enclave_start(struct avo_node *node) {
    char why[AVO_TEE_WHY_BYTES];
    char hex[AVO_TEE_MEASURE_HEX_BYTES];
    struct avo_launch launch = avo_node_launch(node);
    struct avo_enclave_config config = {node->options.enclave_file, node->options.simcpu_socket, &node->region,  &launch,
                                        node->options.spin_turns,   node->log.write_fd,          node->signal_fd};
    enum avo_error error = avo_enclave_start(&node->enclave, &config, why);
    close(node->log.write_fd);
    if (error != AVO_OK) {
        avo_log_error("%s", why);
        return false;
    }
    for (size_t i = 0; i < AVO_TEE_MEASURE_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", node->enclave.measurement[i]);
    }
    avo_log_info("the enclave runs in a SIMULATED TEE, process %u, measurement %s", node->enclave.process_id, hex);
    return avo_node_enclave_note(node);
}

static bool loops_start(struct host *host) {
    struct avo_node *node = &host->node;
    for (uint32_t i = 0; i < node->options.workers; i++) {
        pthread_t thread;
        avo_loop_init(&host->loops[i], node->region.memory, &node->region.layout, i, node->transports[i], &node->clock,
                      node->enclave.worker_fd[i]);
        int error = pthread_create(&thread, NULL, avo_loop_run, &host->loops[i]);
        if (error != 0) {
            avo_log_error("cannot start a thread: %s; allow more processes (ulimit -u) or free memory", strerror(error));
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
    avo_notify("READY=1"); /* whatever it waits for now, the CAS or its policy, systemd need not */
    int status = (int)avo_node_watch(&host->node);
    avo_node_end(&host->node);
    return status;
}

int main(int argc, char **argv) {
    char why[AVO_SETTINGS_WHY_BYTES];
    struct host *host = calloc(1, sizeof *host);
    avo_service_begin("avocado-node");
    if (host == NULL || avo_options_read(argc, argv, AVO_NODE_PROCESS, false, &host->node.options, why) != AVO_OK) {
        avo_log_error("%s", host == NULL ? "no memory: end other programs" : why);
        free(host);
        return EXIT_REFUSED;
    }
    struct avo_node *node = &host->node;
    if (avo_settings_print(&node->options.settings)) {
        avo_settings_close(&node->options.settings);
        free(host);
        return 0;
    }
    snprintf(node->name, sizeof node->name, "avocado-node: slot %u", node->options.slot);
    avo_log_name(node->name);
    node->outside_fd = -1;
    exit(run(host)); /* the loops' threads end with the process, and the enclave sees it */
}
