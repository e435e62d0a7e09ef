/* UDP sockets, many datagrams a system call. */
#ifndef AVO_CLIENT_UDP_H
#define AVO_CLIENT_UDP_H

#include "base/address.h"
#include "base/bytes.h"
#include "protocol/limits.h"
#include <netinet/in.h>
#include <sys/socket.h>

#define AVO_UDP_BATCH 32

/* Datagrams on their way out of, or come in from, one socket; shared by the sockets of a thread. Large: allocate it. */
struct avo_udp_batch {
    unsigned count;
    unsigned next; /* of those that came in: the first that nobody took yet */
    struct mmsghdr headers[AVO_UDP_BATCH];
    struct iovec vectors[AVO_UDP_BATCH];
    struct sockaddr_storage addresses[AVO_UDP_BATCH];
    uint8_t bytes[AVO_UDP_BATCH][AVO_PACKET_MAX_BYTES];
};

struct avo_udp {
    int fd; /* -1: closed */
    int family;
};

/* A non-blocking socket on any free port. False when the system refuses: errno says why. */
AVO_MUST_USE bool avo_udp_open(struct avo_udp *udp, bool ipv4);
void avo_udp_close(struct avo_udp *udp);

/* Where the next datagram of a batch is to be written; its address and length go in with avo_udp_add. */
struct avo_buffer avo_udp_slot(struct avo_udp_batch *batch);
void avo_udp_add(const struct avo_udp *udp, struct avo_udp_batch *batch, const struct avo_address *to, size_t length);
/* Sends the batch and empties it. What the system does not take is lost, as datagrams may be. */
void avo_udp_send(const struct avo_udp *udp, struct avo_udp_batch *batch);

/* Fills the batch with what has come in. */
void avo_udp_receive(const struct avo_udp *udp, struct avo_udp_batch *batch);
/* Takes the next datagram of a received batch; false when there is none left. It stays as it is until the batch is used again. */
AVO_MUST_USE bool avo_udp_take(struct avo_udp_batch *batch, struct avo_slice *datagram);
/* Takes one "nothing listens there" off the socket's errors; false when there is none. */
AVO_MUST_USE bool avo_udp_unreachable(const struct avo_udp *udp, struct avo_address *address);

#endif
