#include "cas/options.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_BYTES 64

static bool parse_port(const char *text, uint16_t *port) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *port = (uint16_t)value;
    return *text >= '0' && *text <= '9' && *end == 0 && value <= UINT16_MAX;
}

static bool parse_ip(const char *text, uint8_t ip[16]) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (inet_pton(AF_INET, text, ip + 12) == 1) {
        memcpy(ip, mapped, sizeof mapped);
        return true;
    }
    return inet_pton(AF_INET6, text, ip) == 1;
}

/* "127.0.0.1:7400" or "[::1]:7400". */
static bool parse_address(const char *text, struct avo_address *address) {
    const char *colon = strrchr(text, ':');
    char host[HOST_BYTES];
    if (colon == NULL || (size_t)(colon - text) >= sizeof host || !parse_port(colon + 1, &address->port)) {
        return false;
    }
    size_t length = (size_t)(colon - text);
    bool bracketed = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    memcpy(host, text + bracketed, length - 2 * bracketed);
    host[length - 2 * bracketed] = 0;
    return parse_ip(host, address->ip);
}

static bool read_option(const char *name, const char *value, struct avo_cas_options *options) {
    if (strcmp(name, "--dir") == 0) {
        options->dir = value;
        return true;
    }
    if (strcmp(name, "--collateral") == 0) {
        options->collateral = value;
        return true;
    }
    options->listen_text = value;
    return strcmp(name, "--listen") == 0 && parse_address(value, &options->listen);
}

bool avo_cas_options_read(int argc, char **argv, struct avo_cas_options *options, char *why, size_t why_bytes) {
    *options = (struct avo_cas_options){.help = argc == 2 && strcmp(argv[1], "--help") == 0,
                                        .version = argc == 2 && strcmp(argv[1], "--version") == 0};
    if (options->help || options->version) {
        return true;
    }
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc || !read_option(argv[i], argv[i + 1], options)) {
            (void)snprintf(why, why_bytes, "option %s: not understood: see avocado-cas --help", argv[i]);
            return false;
        }
    }
    if (options->dir == NULL || options->collateral == NULL || options->listen.port == 0) {
        (void)snprintf(why, why_bytes, "--dir, --listen and --collateral are all needed: see avocado-cas --help");
        return false;
    }
    return true;
}
