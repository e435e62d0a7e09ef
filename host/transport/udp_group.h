/* Datagrams on their way out, grouped: those for one address leave as one message, which the kernel (or the NIC) cuts into
 * datagrams again (UDP_SEGMENT). The kernel's path is paid once a message, not once a datagram.
 */
#ifndef AVO_HOST_UDP_GROUP_H
#define AVO_HOST_UDP_GROUP_H

#include "boundary/ring.h"
#include <sys/socket.h>

#define AVO_UDP_GROUP_DATAGRAMS 64 /* also what one message may hold on every kernel (UDP_MAX_SEGMENTS) */

/* Room for one control message with the length of a segment. */
struct avo_udp_control {
    _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

struct avo_udp_message {
    struct avo_address to;
    uint32_t count;         /* datagrams */
    uint32_t segment_bytes; /* length of each, but the last may be shorter */
    uint32_t bytes;
    bool closed; /* a shorter one ended it */
};

struct avo_udp_group {
    uint32_t taken; /* slots of the ring that the messages point into: released when all are sent */
    uint32_t count; /* messages */
    uint32_t sent;
    struct mmsghdr headers[AVO_UDP_GROUP_DATAGRAMS];
    struct iovec parts[AVO_UDP_GROUP_DATAGRAMS];
    struct sockaddr_storage addresses[AVO_UDP_GROUP_DATAGRAMS];
    struct avo_udp_control controls[AVO_UDP_GROUP_DATAGRAMS];
    struct avo_udp_message messages[AVO_UDP_GROUP_DATAGRAMS];
    uint8_t message_of[AVO_UDP_GROUP_DATAGRAMS]; /* by datagram */
};

/* Fills an empty or wholly sent group with what waits in the ring, at most AVO_UDP_GROUP_DATAGRAMS, straight from its slots. A
 * datagram that cannot go (empty by a lie, no port, another family) is in `taken` but in no message; returns how many are so. */
uint32_t avo_udp_group_fill(struct avo_udp_group *group, struct avo_ring_end *outbound, int family);

/* Sends each part of a message as a datagram; how many went. */
uint32_t avo_udp_send_apart(int fd, const struct msghdr *message);

/* Length of the datagrams that a received message of `length` bytes consists of (UDP_GRO): `length` when it is one. Never 0 unless
 * `length` is. */
uint32_t avo_udp_segment_bytes(struct msghdr *message, uint32_t length);

#endif
