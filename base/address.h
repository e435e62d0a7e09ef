/* Where a datagram goes to or came from. The enclave stores and compares addresses; only the host gives them a meaning. */
#ifndef AVO_BASE_ADDRESS_H
#define AVO_BASE_ADDRESS_H

#include <stdint.h>

/* An IPv6 address (IPv4 as ::ffff:a.b.c.d, network byte order) and a port in host byte order. No padding: 20 bytes. */
struct avo_address {
    uint8_t ip[16];
    uint16_t port;
    uint16_t zero;
};

#endif
