#include "host/options.h"
#include "host/address.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: avocado-node --slot S --dir D --cas ADDR:PORT --cas-key HEX --enclave FILE --simcpu SOCKET [options]\n"
    "\n"
    "The untrusted half of a node: has its enclave started, carries its packets and its connection to the CAS,\n"
    "and lends it memory and a clock. Ends when the enclave ends, and the reverse. Usually run by `avocado up`.\n"
    "avocado-inline is both halves in one process. It takes the same options but --enclave, --simcpu and --spin-turns.\n"
    "\n"
    "  --slot S            this node's slot, from 0\n"
    "  --dir D             folder of the cluster's files; this node's are in D/node-S\n"
    "  --cas ADDR:PORT     where the CAS listens (IPv6 as [ADDR]:PORT)\n"
    "  --cas-key HEX       the CAS's public key, 64 hex digits: the only CAS this enclave obeys\n"
    "  --enclave FILE      the enclave's program, linked statically\n"
    "  --simcpu SOCKET     the simulated CPU's socket\n"
    "  --bind ADDR         numeric address of the UDP sockets (default 127.0.0.1)\n"
    "  --advertise ADDR    numeric address under which others reach them (default: as --bind)\n"
    "  --port BASE         UDP port of worker 0; worker w has BASE + w (default 7100)\n"
    "  --workers W         workers, one thread each in enclave and host, 1 to 64 (default 1)\n"
    "  --budget MIB        the enclave's memory, at least 8 MiB a worker (default 90)\n"
    "  --host-memory MIB   memory for sealed values, all workers together (default 1024)\n"
    "  --mtu N             largest IP packet, 1280 to 9000 (default 1500)\n"
    "  --transport NAME    how packets travel: udp (default udp)\n"
    "  --spin-turns N      looks at an empty ring before the enclave sleeps while work is under way (default 100)\n"
    "  --help, --version\n";

const char *avo_options_help(void) {
    return help;
}

struct number_option {
    const char *name;
    size_t offset;
    uint32_t minimum;
    uint32_t maximum;
};

static const struct number_option number_options[] = {
    {"--slot", offsetof(struct avo_options, slot), 0, AVO_SLOT_MAX_COUNT - 1},
    {"--port", offsetof(struct avo_options, port), 1, UINT16_MAX - AVO_WORKER_MAX_COUNT},
    {"--workers", offsetof(struct avo_options, workers), 1, AVO_WORKER_MAX_COUNT},
    {"--budget", offsetof(struct avo_options, budget_mib), 1, 1U << 20},
    {"--host-memory", offsetof(struct avo_options, host_memory_mib), 1, 1U << 20},
    {"--mtu", offsetof(struct avo_options, mtu), AVO_MTU_MIN_BYTES, AVO_MTU_MAX_BYTES},
    {"--spin-turns", offsetof(struct avo_options, spin_turns), 0, 1U << 20},
};

/* Numbers are taken as a whole or not at all: no sign, no space, no tail. */
static enum avo_error number_read(const struct number_option *option, const char *text, struct avo_options *options, char *why) {
    char *end = NULL;
    unsigned long long number = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (end == NULL || *end != 0 || number < option->minimum || number > option->maximum) {
        snprintf(why, AVO_OPTIONS_WHY_BYTES, "%s %.64s: not a number from %u to %u: give one", option->name, text, option->minimum,
                 option->maximum);
        return AVO_EINVAL;
    }
    memcpy((uint8_t *)options + option->offset, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
    return AVO_OK;
}

static enum avo_error cas_key_read(const char *text, struct avo_options *options, char *why) {
    size_t length = 0;
    int result = sodium_hex2bin(options->cas_key, sizeof options->cas_key, text, strlen(text), NULL, &length, NULL);
    if (result == 0 && length == sizeof options->cas_key && strlen(text) == 2 * sizeof options->cas_key) {
        return AVO_OK;
    }
    snprintf(why, AVO_OPTIONS_WHY_BYTES, "--cas-key %.80s: not 64 hex digits: give the CAS's public key", text);
    return AVO_EINVAL;
}

static enum avo_error transport_read(const char *text, struct avo_options *options, char *why) {
    options->transport = avo_transport_find(text);
    if (options->transport != NULL) {
        return AVO_OK;
    }
    snprintf(why, AVO_OPTIONS_WHY_BYTES, "--transport %.64s: there is no such transport: give udp", text);
    return AVO_EINVAL;
}

static enum avo_error address_read(const char *name, const char *text, struct avo_address *address, char *why) {
    if (avo_address_parse(text, 0, address) == AVO_OK) {
        return AVO_OK;
    }
    snprintf(why, AVO_OPTIONS_WHY_BYTES, "%s %.64s: not a numeric IPv4 or IPv6 address: give one, such as 127.0.0.1", name, text);
    return AVO_EINVAL;
}

static enum avo_error cas_read(const char *text, struct avo_options *options, char *why) {
    if (avo_address_parse_pair(text, &options->cas) == AVO_OK) {
        return AVO_OK;
    }
    snprintf(why, AVO_OPTIONS_WHY_BYTES, "--cas %.64s: not ADDR:PORT with a numeric address: give e.g. 127.0.0.1:7000", text);
    return AVO_EINVAL;
}

static bool string_read(const char *name, const char *text, struct avo_options *options) {
    const struct {
        const char *name;
        const char **to;
    } strings[] = {{"--dir", &options->dir}, {"--enclave", &options->enclave_file}, {"--simcpu", &options->simcpu_socket}};
    for (size_t i = 0; i < AVO_COUNT(strings); i++) {
        if (strcmp(name, strings[i].name) == 0) {
            *strings[i].to = text;
            return true;
        }
    }
    return false;
}

static enum avo_error option_read(const char *name, const char *text, struct avo_options *options, char *why) {
    for (size_t i = 0; i < AVO_COUNT(number_options); i++) {
        if (strcmp(name, number_options[i].name) == 0) {
            return number_read(&number_options[i], text, options, why);
        }
    }
    if (strcmp(name, "--cas-key") == 0) {
        return cas_key_read(text, options, why);
    }
    if (strcmp(name, "--cas") == 0) {
        return cas_read(text, options, why);
    }
    if (strcmp(name, "--bind") == 0) {
        return address_read(name, text, &options->bind, why);
    }
    if (strcmp(name, "--advertise") == 0) {
        return address_read(name, text, &options->advertise, why);
    }
    if (strcmp(name, "--transport") == 0) {
        return transport_read(text, options, why);
    }
    if (string_read(name, text, options)) {
        return AVO_OK;
    }
    snprintf(why, AVO_OPTIONS_WHY_BYTES, "%.64s: there is no such option: see --help", name);
    return AVO_EINVAL;
}

/* What must be given, and what must fit together. */
static enum avo_error options_check(struct avo_options *options, enum avo_node_mode mode, bool advertised, char *why) {
    static const uint8_t no_key[AVO_PUBLIC_KEY_BYTES];
    const struct {
        const char *name;
        bool given;
    } needed[] = {{"--slot", options->slot != UINT32_MAX},
                  {"--dir", options->dir != NULL},
                  {"--cas", options->cas.port != 0},
                  {"--cas-key", memcmp(options->cas_key, no_key, sizeof no_key) != 0},
                  {"--enclave", mode == AVO_NODE_INLINE || options->enclave_file != NULL},
                  {"--simcpu", mode == AVO_NODE_INLINE || options->simcpu_socket != NULL}};
    for (size_t i = 0; i < AVO_COUNT(needed); i++) {
        if (!needed[i].given) {
            snprintf(why, AVO_OPTIONS_WHY_BYTES, "%s is missing: give it; see --help", needed[i].name);
            return AVO_EINVAL;
        }
    }
    if (!advertised) {
        options->advertise = options->bind;
    }
    if (avo_address_is_any(&options->advertise)) {
        snprintf(why, AVO_OPTIONS_WHY_BYTES, "--bind to every address says not how others reach this node: give --advertise too");
        return AVO_EINVAL;
    }
    if ((uint64_t)options->budget_mib << 20 < options->workers * AVO_BUDGET_WORKER_MIN_BYTES) {
        snprintf(why, AVO_OPTIONS_WHY_BYTES, "--budget %u: too small for %u workers: give at least %llu", options->budget_mib,
                 options->workers, options->workers * (AVO_BUDGET_WORKER_MIN_BYTES >> 20));
        return AVO_EINVAL;
    }
    options->bind.port = (uint16_t)options->port;
    options->advertise.port = (uint16_t)options->port;
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

enum avo_error avo_options_read(int argc, char **argv, enum avo_node_mode mode, struct avo_options *options,
                                char why[AVO_OPTIONS_WHY_BYTES]) {
    bool advertised = false;
    *options = options_default();
    for (int i = 1; i < argc; i += 2) {
        options->help |= strcmp(argv[i], "--help") == 0;
        options->version |= strcmp(argv[i], "--version") == 0;
        if (options->help || options->version) {
            return AVO_OK;
        }
        if (i + 1 == argc) {
            snprintf(why, AVO_OPTIONS_WHY_BYTES, "%.64s: its value is missing, or there is no such option: see --help", argv[i]);
            return AVO_EINVAL;
        }
        enum avo_error error = option_read(argv[i], argv[i + 1], options, why);
        if (error != AVO_OK) {
            return error;
        }
        advertised |= strcmp(argv[i], "--advertise") == 0;
    }
    return options_check(options, mode, advertised, why);
}
