#include "client/io/endpoint.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool avo_endpoint_is_ipv4(const struct avo_address *address) {
    return memcmp(address->ip, mapped_prefix, sizeof mapped_prefix) == 0;
}

void avo_endpoint_write(char to[AVO_ENDPOINT_TEXT_BYTES], const struct avo_address *address) {
    char ip[INET6_ADDRSTRLEN] = "";
    if (avo_endpoint_is_ipv4(address)) {
        (void)inet_ntop(AF_INET, address->ip + 12, ip, sizeof ip);
        (void)snprintf(to, AVO_ENDPOINT_TEXT_BYTES, "%s:%u", ip, address->port);
    } else {
        (void)inet_ntop(AF_INET6, address->ip, ip, sizeof ip);
        (void)snprintf(to, AVO_ENDPOINT_TEXT_BYTES, "[%s]:%u", ip, address->port);
    }
}

static bool ip_read(const char *text, struct avo_address *address) {
    size_t length = strlen(text);
    char inner[INET6_ADDRSTRLEN];
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']' && length - 2 < sizeof inner) {
        memcpy(inner, text + 1, length - 2);
        inner[length - 2] = '\0';
        return inet_pton(AF_INET6, inner, address->ip) == 1;
    }
    memcpy(address->ip, mapped_prefix, sizeof mapped_prefix);
    return inet_pton(AF_INET, text, address->ip + 12) == 1;
}

bool avo_endpoint_read(const char *text, struct avo_address *address) {
    char ip[AVO_ENDPOINT_TEXT_BYTES];
    const char *colon = strrchr(text, ':');
    *address = (struct avo_address){0};
    if (colon == NULL || (size_t)(colon - text) >= sizeof ip) {
        return false;
    }
    memcpy(ip, text, (size_t)(colon - text));
    ip[colon - text] = '\0';
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port == 0 || port > UINT16_MAX) {
        return false;
    }
    address->port = (uint16_t)port;
    return ip_read(ip, address);
}

socklen_t avo_endpoint_to_socket(const struct avo_address *address, int family, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (family == AF_INET) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(address->port)};
        memcpy(&in.sin_addr, address->ip + 12, 4);
        memcpy(to, &in, sizeof in);
        return sizeof in;
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
    memcpy(&in6.sin6_addr, address->ip, 16);
    memcpy(to, &in6, sizeof in6);
    return sizeof in6;
}

bool avo_endpoint_from_socket(const struct sockaddr_storage *from, struct avo_address *address) {
    *address = (struct avo_address){0};
    if (from->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        memcpy(address->ip, mapped_prefix, sizeof mapped_prefix);
        memcpy(address->ip + 12, &in.sin_addr, 4);
        address->port = ntohs(in.sin_port);
        return true;
    }
    if (from->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, from, sizeof in6);
        memcpy(address->ip, &in6.sin6_addr, 16);
        address->port = ntohs(in6.sin6_port);
        return true;
    }
    return false;
}
