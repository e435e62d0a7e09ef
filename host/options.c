#include "host/options.h"
#include "daemon/address.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETTING_COUNT 16
#define ENCLAVE_NAME "avocado-enclave"
#define INSIDE_COUNT 13  /* what an inline node takes that runs in its TEE */
#define OUTSIDE_COUNT 14 /* ... and what has it started there */

static bool transport_take(const char *text, void *to) {
    avo_transport_open *found = avo_transport_find(text);
    *(avo_transport_open **)to = found;
    return found != NULL;
}

/* ADDR, with the ports of --port, or ADDR:PORT, where something between has others. */
static bool advertise_take(const char *text, void *to) {
    struct avo_address address;
    bool taken = avo_address_parse_pair(text, &address) == AVO_OK || avo_address_parse(text, 0, &address) == AVO_OK;
    *(struct avo_address *)to = address;
    return taken;
}

_Static_assert(AVO_SETTING_KEY_BYTES == AVO_PUBLIC_KEY_BYTES, "one kind of key");

static struct avo_settings_usage usage_of(struct avo_options *o, enum avo_node_mode mode, bool inside,
                                          struct avo_setting settings[SETTING_COUNT]) {
    const struct avo_setting all[SETTING_COUNT] = {
        {"--slot", AVO_SETTING_NUMBER, &o->slot, "S", 0, AVO_SLOT_MAX_COUNT - 1, true, .help = "this node's slot, from 0"},
        {"--dir", AVO_SETTING_PATH, &o->dir, "D", .needed = true, .help = "this node's files go to D/node-S"},
        {"--cas", AVO_SETTING_ENDPOINT, &o->cas, "ADDR:PORT", .needed = true, .help = "where the CAS is"},
        {"--cas-key", AVO_SETTING_KEY, o->cas_key, "FILE|HEX", .needed = true,
         .help = "its public key: the only CAS this enclave obeys"},
        {"--bind", AVO_SETTING_ADDRESS, &o->bind, "ADDR", .help = "address of the UDP sockets (127.0.0.1)"},
        {"--advertise", AVO_SETTING_CUSTOM, &o->advertise, "ADDR[:PORT]", .take = advertise_take,
         .help = "where others reach worker 0; worker w has PORT + w (as --bind, --port)",
         .expects = "not a numeric address with or without a port: give e.g. 10.0.0.1 or 10.0.0.1:7100"},
        {"--port", AVO_SETTING_NUMBER, &o->port, "BASE", 1, UINT16_MAX - AVO_WORKER_MAX_COUNT, false,
         .help = "UDP port of worker 0; worker w has BASE + w (7100)"},
        {"--workers", AVO_SETTING_NUMBER, &o->workers, "W", 1, AVO_WORKER_MAX_COUNT, false,
         .help = "threads in enclave and host each (1)"},
        {"--budget", AVO_SETTING_NUMBER, &o->budget_mib, "MIB", 1, 1U << 20, false,
         .help = "the enclave's memory, at least 9 a worker (90)"},
        {"--host-memory", AVO_SETTING_NUMBER, &o->host_memory_mib, "MIB", 1, 1U << 20, false, .help = "for sealed values (1024)"},
        {"--mtu", AVO_SETTING_NUMBER, &o->mtu, "N", AVO_MTU_MIN_BYTES, AVO_MTU_MAX_BYTES, false,
         .help = "largest IP packet (1500)"},
        {"--transport", AVO_SETTING_CUSTOM, &o->transport, "NAME", .take = transport_take, .help = "how packets travel: udp (udp)",
         .expects = "there is no such transport: give udp"},
        {"--las", AVO_SETTING_PATH, &o->las_socket, "SOCKET",
         .help = "of this machine's avocado-las, which is to vouch for the enclave (it brings a quote)"},
        {"--simcpu", AVO_SETTING_TEXT, &o->simcpu_socket, "SOCKET", .needed = true, .help = "the simulated CPU's socket"},
        {"--enclave", AVO_SETTING_TEXT, &o->enclave_file, "FILE",
         .help = "the enclave's program (avocado-enclave beside this one)"},
        {"--spin-turns", AVO_SETTING_NUMBER, &o->spin_turns, "N", 0, 1U << 20, false,
         .help = "looks at an empty ring before the enclave sleeps amid work (100)"},
    };
    memcpy(settings, all, sizeof all);
    if (mode == AVO_NODE_INLINE) {
        return (struct avo_settings_usage){
            .program = "avocado-inline",
            .summary =
                "Both halves of a node in one process, which isolates nothing by itself: for machines that are trusted as a\n"
                "whole. Has the simulated CPU measure and start it.",
            .settings = settings,
            .count = inside ? INSIDE_COUNT : OUTSIDE_COUNT,
            .inside = inside,
            .manual = "avocado-node(8)"};
    }
    return (struct avo_settings_usage){
        .program = "avocado-node",
        .summary = "The untrusted half of a node: has its enclave started, carries its packets and its connection to the CAS,\n"
                   "and lends it memory and a clock. Ends when the enclave ends, and the reverse.",
        .settings = settings,
        .count = SETTING_COUNT,
        .manual = "avocado-node(8)"};
}

/* The program that was installed with this one. */
static void enclave_find(struct avo_options *options) {
    char *path = options->enclave_beside;
    ssize_t length = readlink("/proc/self/exe", path, sizeof options->enclave_beside - sizeof ENCLAVE_NAME);
    while (length > 0 && path[length - 1] != '/') {
        length--;
    }
    memcpy(path + (length > 0 ? length : 0), ENCLAVE_NAME, sizeof ENCLAVE_NAME);
    options->enclave_file = path;
}

/* What must fit together. */
static enum avo_error options_check(struct avo_options *options, char *why) {
    static const struct avo_address none;
    if (options->enclave_file == NULL) {
        enclave_find(options);
    }
    if (memcmp(&options->advertise, &none, sizeof none) == 0) {
        options->advertise = options->bind;
    }
    if (avo_address_is_any(&options->advertise)) {
        snprintf(why, AVO_SETTINGS_WHY_BYTES, "--bind to every address says not how others reach this node: give --advertise too");
        return AVO_EINVAL;
    }
    if ((uint64_t)options->budget_mib << 20 < options->workers * AVO_BUDGET_WORKER_MIN_BYTES) {
        snprintf(why, AVO_SETTINGS_WHY_BYTES, "--budget %u: too small for %u workers: give at least %llu", options->budget_mib,
                 options->workers, options->workers * (AVO_BUDGET_WORKER_MIN_BYTES >> 20));
        return AVO_EINVAL;
    }
    options->bind.port = (uint16_t)options->port;
    if (options->advertise.port == 0) {
        options->advertise.port = (uint16_t)options->port;
    }
    if (options->advertise.port > UINT16_MAX - options->workers) {
        snprintf(why, AVO_SETTINGS_WHY_BYTES, "--advertise: its port %u leaves no room for one port a worker: give a lower one",
                 options->advertise.port);
        return AVO_EINVAL;
    }
    return AVO_OK;
}

static struct avo_options options_default(void) {
    struct avo_options options = {
        .slot = UINT32_MAX, .port = 7100, .workers = 1, .host_memory_mib = 1024, .mtu = AVO_MTU_DEFAULT_BYTES, .spin_turns = 100};
    options.budget_mib = (uint32_t)(AVO_BUDGET_DEFAULT_BYTES >> 20);
    options.transport = avo_transport_udp;
    options.bind = (struct avo_address){.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}};
    return options;
}

enum avo_error avo_options_read(int argc, char **argv, enum avo_node_mode mode, bool inside, struct avo_options *options,
                                char why[AVO_SETTINGS_WHY_BYTES]) {
    struct avo_setting settings[SETTING_COUNT];
    *options = options_default();
    struct avo_settings_usage usage = usage_of(options, mode, inside, settings);
    enum avo_error error = avo_settings_read(&usage, argc, argv, &options->settings, why);
    return error != AVO_OK || options->settings.help || options->settings.version ? error : options_check(options, why);
}
