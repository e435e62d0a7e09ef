/* UNIX SEQPACKET sockets whose path may be of any length, and packets that carry descriptors. */
#ifndef AVO_TEE_SIM_SOCKET_H
#define AVO_TEE_SIM_SOCKET_H

#include "base/bytes.h"
#include <avocado/error.h>
#include <sys/types.h>

/* What came in one packet. The descriptors are the receiver's to close. */
struct avo_packet_descriptors {
    int fd[128];
    size_t count;
};

/* A listening socket at `path`, for this user only; a stale socket file there is replaced. -1 with errno. */
int avo_socket_listen(const char *path);
/* A socket connected to the one at `path`. -1 with errno. */
int avo_socket_connect(const char *path);
/* Sends one packet with `descriptor_count` descriptors. False with errno. */
AVO_MUST_USE bool avo_socket_send(int fd, struct avo_slice bytes, const int *descriptors, size_t descriptor_count);
/* Receives one packet; what does not fit `capacity` fails (EMSGSIZE). `descriptors` may be NULL: any that came are closed.
 * Bytes received, 0 at the end, -1 with errno. */
ssize_t avo_socket_receive(int fd, uint8_t *to, size_t capacity, struct avo_packet_descriptors *descriptors);
/* Closes what avo_socket_receive gave. */
void avo_descriptors_close(struct avo_packet_descriptors *descriptors);

#endif
