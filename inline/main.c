/* avocado-inline: both halves of a node in one measured process, for confidential VMs, where the whole VM is trusted, and for
 * benches. It isolates nothing by itself: the enclave half keeps the rules of the door, but shares its address space with the host
 * half. Started by the simulated CPU, which stands for the VM's launch measurement.
 */
#include "daemon/log.h"
#include "host/node.h"
#include "inline/serve.h"
#include "service/shell.h"
#include "trusted/process/exit.h"
#include "trusted/process/process.h"
#include "trusted/process/sandbox.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct inline_node {
    struct avo_node node;
    struct avo_process process;
};

/* Through the same bytes and checks as a launch that comes from another process. */
static void launch_take(struct inline_node *self) {
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES];
    struct avo_launch launch = avo_node_launch(&self->node);
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_launch_write(&writer, &launch);
    if (writer.failed || avo_launch_read(avo_writer_slice(&writer), &self->process.launch) != AVO_OK) {
        avo_process_end(AVO_ENDING_LAUNCH, "the launch is out of range: see --help for what each option may be");
    }
}

static struct avo_inline *serve_make(struct inline_node *self, uint32_t index) {
    struct avo_inline *serve = avo_process_take(&self->process, sizeof *serve);
    avo_loop_init(&serve->loop, self->process.region, &self->process.launch.layout, index, self->node.transports[index],
                  &self->node.clock, -1);
    serve->worker = avo_process_worker(&self->process, index);
    return serve;
}

/* The steward's thread: it joins, and starts the workers on threads of their own; the main thread carries the control stream. */
static void *steward_run(void *argument) {
    struct inline_node *self = argument;
    avo_process_join(&self->process);
    for (uint32_t i = 0; i < self->process.launch.layout.worker_count; i++) {
        avo_process_thread(&self->process, avo_inline_run, serve_make(self, i));
    }
    avo_process_serving(&self->process);
    avo_process_steward_tick(&self->process);
    avo_process_steward(&self->process);
}

static int run(struct inline_node *self) {
    struct avo_node *node = &self->node;
    node->outside_fd = avo_outside_fd();
    self->process.tee = avo_tee_inside();
    node->enclave = (struct avo_enclave){.connection = -1, .control_fd = -1, .process_id = (uint32_t)getpid()};
    if (!avo_node_begin(node) || !avo_node_enclave_note(node) ||
        !avo_doorbell_host_open(&node->enclave.control_fd, &self->process.control_fd)) {
        return AVO_ENDING_USAGE;
    }
    launch_take(self);
    self->process.region = node->region.memory;
    avo_process_begin(&self->process);
    avo_process_thread(&self->process, steward_run, self);
    avo_outside_ready(node->outside_fd);
    (void)avo_node_watch(node);
    avo_node_end(node);
    return 0;
}

static enum avo_error read_options(void *context, int argc, char **argv, bool inside, char why[AVO_SETTINGS_WHY_BYTES]) {
    struct inline_node *self = context;
    return avo_options_read(argc, argv, AVO_NODE_INLINE, inside, &self->node.options, why);
}

static struct avo_outside_settings outside(const void *context) {
    const struct inline_node *self = context;
    return (struct avo_outside_settings){.settings = &self->node.options.settings, .place = self->node.options.simcpu_socket};
}

static int inside_run(void *context) {
    struct inline_node *self = context;
    if (avo_sandbox_harden() != AVO_OK) {
        avo_process_end(AVO_ENDING_SANDBOX, "the kernel refused to make this process undumpable: %s", strerror(errno));
    }
    (void)prctl(PR_SET_NAME, "avocado-inline");
    snprintf(self->node.name, sizeof self->node.name, "avocado-inline: slot %u", self->node.options.slot);
    avo_log_name(self->node.name);
    avo_log_warn("%sINLINE mode: host and enclave are one process, which isolates nothing by itself: trust the whole machine",
                 avo_tee_inside()->simulated ? "SIMULATED TEE, " : "");
    return run(self);
}

int main(int argc, char **argv) {
    static struct inline_node self; /* one a process; threads keep pointers into it */
    const struct avo_shell shell = {
        .name = "avocado-inline", .context = &self, .read = read_options, .outside = outside, .inside = inside_run};
    avo_process_log(avo_log_line);
    return avo_shell_run(&shell, argc, argv);
}
