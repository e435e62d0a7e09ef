#include "daemon/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t V4_PREFIX[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

enum avo_error avo_address_parse(const char *text, uint16_t port, struct avo_address *address) {
    char inner[INET6_ADDRSTRLEN];
    size_t length = strlen(text);
    bool brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    size_t inner_length = brackets ? length - 2 : length;
    if (inner_length >= sizeof inner) {
        return AVO_EINVAL;
    }
    memcpy(inner, brackets ? text + 1 : text, inner_length);
    inner[inner_length] = 0;
    *address = (struct avo_address){.port = port};
    if (!brackets && inet_pton(AF_INET, inner, address->ip + sizeof V4_PREFIX) == 1) {
        memcpy(address->ip, V4_PREFIX, sizeof V4_PREFIX);
        return AVO_OK;
    }
    return inet_pton(AF_INET6, inner, address->ip) == 1 ? AVO_OK : AVO_EINVAL;
}

enum avo_error avo_address_parse_pair(const char *text, struct avo_address *address) {
    char ip[AVO_ADDRESS_TEXT_BYTES];
    char *end;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon[1] < '0' || colon[1] > '9' || (size_t)(colon - text) >= sizeof ip) {
        return AVO_EINVAL;
    }
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end != 0 || port == 0 || port > UINT16_MAX) {
        return AVO_EINVAL;
    }
    memcpy(ip, text, (size_t)(colon - text));
    ip[colon - text] = 0;
    if (ip[0] != '[' && strchr(ip, ':') != NULL) {
        return AVO_EINVAL; /* IPv6 without brackets: which colon is the port's? */
    }
    return avo_address_parse(ip, (uint16_t)port, address);
}

bool avo_address_is_v4(const struct avo_address *address) {
    return memcmp(address->ip, V4_PREFIX, sizeof V4_PREFIX) == 0;
}

bool avo_address_is_any(const struct avo_address *address) {
    static const uint8_t zeros[16];
    size_t from = avo_address_is_v4(address) ? sizeof V4_PREFIX : 0;
    return memcmp(address->ip + from, zeros, sizeof address->ip - from) == 0;
}

socklen_t avo_address_to_socket(const struct avo_address *address, int family, struct sockaddr_storage *to) {
    if (family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(address->port)};
        memcpy(&v4->sin_addr, address->ip + sizeof V4_PREFIX, sizeof v4->sin_addr);
        return avo_address_is_v4(address) ? sizeof *v4 : 0;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
    memcpy(&v6->sin6_addr, address->ip, sizeof v6->sin6_addr);
    return sizeof *v6;
}

struct avo_address avo_address_from_socket(const struct sockaddr_storage *from) {
    struct avo_address address = {.port = 0};
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        memcpy(address.ip, V4_PREFIX, sizeof V4_PREFIX);
        memcpy(address.ip + sizeof V4_PREFIX, &v4->sin_addr, sizeof v4->sin_addr);
        address.port = ntohs(v4->sin_port);
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        memcpy(address.ip, &v6->sin6_addr, sizeof address.ip);
        address.port = ntohs(v6->sin6_port);
    }
    return address;
}

void avo_address_text(const struct avo_address *address, char text[AVO_ADDRESS_TEXT_BYTES]) {
    char ip[INET6_ADDRSTRLEN] = "?";
    bool v4 = avo_address_is_v4(address);
    (void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address->ip + sizeof V4_PREFIX : address->ip, ip, sizeof ip);
    snprintf(text, AVO_ADDRESS_TEXT_BYTES, v4 ? "%s:%u" : "[%s]:%u", ip, address->port);
}
