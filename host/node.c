#include "host/node.h"
#include "daemon/address.h"
#include "daemon/file.h"
#include "daemon/free_memory.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static bool dir_make(struct avo_node *node) {
    int length = snprintf(node->dir, sizeof node->dir, "%s/node-%u", node->options.dir, node->options.slot);
    if (length >= (int)sizeof node->dir - 32) {
        avo_log_error("the path of --dir is too long: choose a shorter one");
        return false;
    }
    if ((mkdir(node->options.dir, 0700) != 0 && errno != EEXIST) || (mkdir(node->dir, 0700) != 0 && errno != EEXIST)) {
        avo_log_error("cannot make the folder %s: %s; make its parent folder, or give another --dir", node->dir, strerror(errno));
        return false;
    }
    return true;
}

static void say_addresses(const struct avo_options *options) {
    char bound[AVO_ADDRESS_TEXT_BYTES];
    char advertised[AVO_ADDRESS_TEXT_BYTES];
    avo_address_text(&options->bind, bound);
    avo_address_text(&options->advertise, advertised);
    avo_log_info("bound to UDP %s, advertised as %s, %u worker%s", bound, advertised, options->workers,
                 options->workers == 1 ? "" : "s");
}

/* All ports before the region: one in use is the commonest mistake. */
static bool transports_open(struct avo_node *node) {
    char why[AVO_TRANSPORT_WHY_BYTES];
    for (uint32_t i = 0; i < node->options.workers; i++) {
        struct avo_address address = node->options.bind;
        address.port = (uint16_t)(node->options.port + i);
        node->transports[i] = node->options.transport(&address, why);
        if (node->transports[i] == NULL) {
            avo_log_error("%s", why);
            return false;
        }
    }
    say_addresses(&node->options);
    return true;
}

/* What the node may come to use is there: else it would run for days and be killed when its users need it most. */
static bool memory_check(const struct avo_options *options) {
    struct avo_free_memory memory;
    avo_free_memory_read("", &memory);
    uint64_t available_mib = memory.bytes >> 20;
    if (memory.bytes == 0 || options->budget_mib + (uint64_t)options->host_memory_mib <= available_mib) {
        return true;
    }
    avo_log_error("--budget %u and --host-memory %u are %llu MiB, %s has %llu MiB left: give less, or free memory",
                  options->budget_mib, options->host_memory_mib, options->budget_mib + (unsigned long long)options->host_memory_mib,
                  memory.whose, (unsigned long long)available_mib);
    return false;
}

static bool region_make(struct avo_node *node) {
    char path[PATH_MAX + 16];
    const struct avo_options *options = &node->options;
    struct avo_region_layout layout =
        avo_host_region_layout(options->workers, options->mtu, (uint64_t)options->host_memory_mib << 20);
    snprintf(path, sizeof path, "%s/region", node->dir);
    errno = ERANGE; /* when the layout is the reason */
    if (avo_region_layout_check(&layout) != AVO_OK || avo_host_region_create(&node->region, &layout, path) != AVO_OK) {
        avo_log_error("cannot make the shared region of %u MiB: %s; give a smaller --host-memory", options->host_memory_mib,
                      strerror(errno));
        return false;
    }
    return true;
}

static void limits_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

bool avo_node_begin(struct avo_node *node) {
    node->clock = avo_clock_start();
    node->signal_fd = avo_service_signals(0);
    if (node->signal_fd < 0) {
        avo_log_error("cannot watch for signals: %s; allow more descriptors (ulimit -n) or free memory", strerror(errno));
        return false;
    }
    limits_raise();
    (void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}); /* a woken loop interrupts nobody: packets gather */
    if (!avo_log_relay_open(&node->log)) {
        avo_log_error("cannot open a pipe: %s; allow more descriptors (ulimit -n)", strerror(errno));
        return false;
    }
    if (!dir_make(node) || avo_service_folder_take(node->dir, "host.pid", "node") != 0 || !transports_open(node) ||
        !memory_check(&node->options) || !region_make(node)) {
        return false;
    }
    avo_host_relay_init(&node->relay, node->region.memory, &node->region.layout, &node->options.cas, node->options.las_socket);
    return true;
}

struct avo_launch avo_node_launch(const struct avo_node *node) {
    struct avo_launch launch = {.slot = (uint8_t)node->options.slot,
                                .address = node->options.advertise,
                                .via_las = node->options.las_socket != NULL,
                                .layout = node->region.layout,
                                .budget_bytes = (uint64_t)node->options.budget_mib << 20};
    memcpy(launch.cas_public_key, node->options.cas_key, sizeof launch.cas_public_key);
    return launch;
}

bool avo_node_enclave_note(const struct avo_node *node) {
    char text[16];
    int length = snprintf(text, sizeof text, "%u\n", node->enclave.process_id);
    if (avo_file_write(node->dir, "enclave.pid", 0644, avo_slice(text, (size_t)length)) == AVO_OK) {
        return true;
    }
    avo_log_error("cannot write %s/enclave.pid: %s; free space, or give another --dir", node->dir, strerror(errno));
    return false;
}

static enum avo_node_ending enclave_ended(struct avo_node *node) {
    int status;
    char text[AVO_ENCLAVE_ENDING_BYTES];
    (void)avo_log_relay_pump(&node->log, 0); /* its last words */
    if (avo_tee_outside()->ended(node->enclave.connection, &status) == AVO_OK) {
        avo_enclave_ending(status, text);
        avo_log_error("the enclave ended: %s", text);
        return avo_enclave_is_refused(status) ? AVO_NODE_REFUSED : AVO_NODE_GONE;
    }
    avo_log_error("the simulated CPU is gone, and the enclave with it");
    return AVO_NODE_GONE;
}

#define NOTICES_EVERY_MS 1000

static void notices_say(struct avo_node *node, uint64_t now_us) {
    struct avo_notice notice;
    enum avo_log_level level;
    char line[AVO_NOTICE_LINE_BYTES];
    avo_notices_read(node->region.memory, &node->region.layout, &notice);
    while (avo_notices_next(&node->notices, &notice, now_us / 1000000, &level, line)) {
        if (level == AVO_LOG_WARN) {
            avo_log_warn("%s", line);
        } else {
            avo_log_info("%s", line);
        }
    }
}

enum { POLL_SIGNAL, POLL_ENCLAVE, POLL_DOORBELL, POLL_RELAY, POLL_LAS, POLL_LOG, POLL_OUTSIDE, POLL_COUNT };

enum avo_node_ending avo_node_watch(struct avo_node *node) {
    for (;;) {
        avo_clock_follow(&node->clock);
        if (avo_host_relay_pump(&node->relay, avo_clock_monotonic())) {
            avo_doorbell_host_ring(node->enclave.control_fd);
        }
        int wait_ms;
        struct pollfd polls[POLL_COUNT] = {{.fd = node->signal_fd, .events = POLLIN},
                                           {.fd = node->enclave.connection, .events = POLLIN},
                                           {.fd = node->enclave.control_fd, .events = POLLIN}};
        polls[POLL_OUTSIDE] = (struct pollfd){.fd = node->outside_fd, .events = POLLIN};
        polls[POLL_LOG] = (struct pollfd){.fd = node->log.fd, .events = POLLIN};
        polls[POLL_LAS].events = POLLIN;
        polls[POLL_RELAY].fd =
            avo_host_relay_poll(&node->relay, avo_clock_monotonic(), &polls[POLL_RELAY].events, &polls[POLL_LAS].fd, &wait_ms);
        wait_ms = wait_ms < 0 || wait_ms > NOTICES_EVERY_MS ? NOTICES_EVERY_MS : wait_ms;
        (void)poll(polls, POLL_COUNT, wait_ms);
        notices_say(node, avo_clock_monotonic());
        if (polls[POLL_LOG].revents != 0) {
            (void)avo_log_relay_pump(&node->log, avo_clock_monotonic() / 1000000);
        }
        if ((polls[POLL_SIGNAL].revents != 0 && avo_service_is_told(node->signal_fd)) || polls[POLL_OUTSIDE].revents != 0) {
            avo_log_info("told to end");
            return AVO_NODE_TOLD;
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

void avo_node_end(const struct avo_node *node) {
    static const char *const names[] = {"region", "host.pid", "enclave.pid"};
    char path[PATH_MAX + 16];
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", node->dir, names[i]);
        (void)unlink(path);
    }
}
