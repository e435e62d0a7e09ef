/* UDP sockets, many datagrams a system call. */
#ifndef AVO_CLIENT_UDP_H
#define AVO_CLIENT_UDP_H

#include "base/address.h"
#include "base/bytes.h"
#include "base/limits.h"
#include <netinet/in.h>
#include <sys/socket.h>

#define AVO_UDP_BATCH 32            /* datagrams a system call, out */
#define AVO_UDP_MESSAGES 8          /* messages a system call, in: each is a datagram, or many of one sender (UDP_GRO) */
#define AVO_UDP_MESSAGE_BYTES 65600 /* the largest there is; an odd count of cache lines, so that not all begin in one set */

/* Room for one control message with the length of a segment. */
struct avo_udp_control {
    _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

/* Datagrams on their way out of, or come in from, one socket; shared by the sockets of a thread. Large: allocate it. */
struct avo_udp_batch {
    unsigned count;    /* datagrams (out) */
    unsigned messages; /* out: datagrams of one length in a row for one address are one message (UDP_SEGMENT) */
    unsigned next;     /* in: the first message that nobody took all of yet ... */
    size_t offset;     /* ... and what was taken of it */
    struct mmsghdr headers[AVO_UDP_BATCH];
    struct iovec vectors[AVO_UDP_BATCH];
    struct sockaddr_storage addresses[AVO_UDP_BATCH];
    struct avo_udp_control controls[AVO_UDP_BATCH];
    uint8_t bytes[AVO_UDP_MESSAGES * AVO_UDP_MESSAGE_BYTES];
};

struct avo_udp {
    int fd; /* -1: closed */
    int family;
    bool reported; /* it said that something sent earlier did not arrive: avo_udp_unreachable has the details */
};

/* A non-blocking socket on any free port. False when the system refuses: errno says why. */
AVO_MUST_USE bool avo_udp_open(struct avo_udp *udp, bool ipv4);
void avo_udp_close(struct avo_udp *udp);

/* Empties a batch, for sending. */
void avo_udp_begin(struct avo_udp_batch *batch);
/* Where the next datagram of a batch is to be written; its address and length go in with avo_udp_add. */
struct avo_buffer avo_udp_slot(struct avo_udp_batch *batch);
void avo_udp_add(const struct avo_udp *udp, struct avo_udp_batch *batch, const struct avo_address *to, size_t length);
/* Sends the batch and empties it. What the system does not take is lost, as datagrams may be. */
void avo_udp_send(struct avo_udp *udp, struct avo_udp_batch *batch);

/* Fills the batch with what has come in. True when there may be more. */
bool avo_udp_receive(struct avo_udp *udp, struct avo_udp_batch *batch);
/* Takes the next datagram of a received batch; false when there is none left. It stays as it is until the batch is used again. */
AVO_MUST_USE bool avo_udp_take(struct avo_udp_batch *batch, struct avo_slice *datagram);
/* Takes one "nothing listens there" off the socket's errors; false when there is none. */
AVO_MUST_USE bool avo_udp_unreachable(struct avo_udp *udp, struct avo_address *address);

#endif
