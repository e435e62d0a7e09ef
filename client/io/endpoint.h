/* Addresses as text ("127.0.0.1:7100", "[::1]:7100") and as sockets know them. */
#ifndef AVO_CLIENT_ENDPOINT_H
#define AVO_CLIENT_ENDPOINT_H

#include "base/address.h"
#include "base/compiler.h"
#include <stdbool.h>
#include <sys/socket.h>

#define AVO_ENDPOINT_TEXT_BYTES 64

/* Writes the address as text, terminated. */
void avo_endpoint_write(char to[AVO_ENDPOINT_TEXT_BYTES], const struct avo_address *address);
/* False unless `text` is a numeric IPv4 address or an IPv6 address in brackets, a colon, and a port from 1 to 65535. */
AVO_MUST_USE bool avo_endpoint_read(const char *text, struct avo_address *address);

bool avo_endpoint_is_ipv4(const struct avo_address *address);
/* For a socket of this family; returns the length. An IPv4 address for an IPv6 socket is written mapped. */
socklen_t avo_endpoint_to_socket(const struct avo_address *address, int family, struct sockaddr_storage *to);
/* False when the family is neither IPv4 nor IPv6. */
AVO_MUST_USE bool avo_endpoint_from_socket(const struct sockaddr_storage *from, struct avo_address *address);

#endif
