/* Addresses as people write them, as sockets take them, and as the enclave keeps them (base/address.h). */
#ifndef AVO_DAEMON_ADDRESS_H
#define AVO_DAEMON_ADDRESS_H

#include "base/address.h"
#include "base/compiler.h"
#include <avocado/error.h>
#include <sys/socket.h>

/* A numeric IPv4 or IPv6 address, IPv6 also in brackets. AVO_EINVAL: it is none (names are not looked up). */
AVO_MUST_USE enum avo_error avo_address_parse(const char *text, uint16_t port, struct avo_address *address);
/* ADDR:PORT or [ADDR]:PORT. */
AVO_MUST_USE enum avo_error avo_address_parse_pair(const char *text, struct avo_address *address);

_Bool avo_address_is_v4(const struct avo_address *address);
_Bool avo_address_is_any(const struct avo_address *address);

/* For a socket of `family`; returns its length, 0 when that family cannot reach it. */
socklen_t avo_address_to_socket(const struct avo_address *address, int family, struct sockaddr_storage *to);
/* From an AF_INET or AF_INET6 address. */
struct avo_address avo_address_from_socket(const struct sockaddr_storage *from);

#define AVO_ADDRESS_TEXT_BYTES 64
/* "1.2.3.4:5" or "[::1]:5". */
void avo_address_text(const struct avo_address *address, char text[AVO_ADDRESS_TEXT_BYTES]);

#endif
