#include "base/limits.h"
#include "base/wire.h"
#include "daemon/address.h"
#include "host/transport/transport.h"
#include "host/transport/udp_group.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET_BUFFER_BYTES (4 << 20)
#define RECEIVE_BATCH 16            /* messages a call, each of one datagram or of many of one sender (UDP_GRO) */
#define RECEIVE_MESSAGE_BYTES 65600 /* the largest there is; an odd count of cache lines, so that not all begin in one set */

/* What the kernel delivered and the ring has not taken yet. */
struct received {
    uint32_t message; /* the next one ... */
    uint32_t count;   /* ... of so many */
    uint32_t offset;  /* into it */
    struct mmsghdr headers[RECEIVE_BATCH];
    struct iovec parts[RECEIVE_BATCH];
    struct sockaddr_storage addresses[RECEIVE_BATCH];
    struct avo_udp_control controls[RECEIVE_BATCH];
    uint8_t bytes[RECEIVE_BATCH][RECEIVE_MESSAGE_BYTES];
};

struct udp {
    struct avo_transport transport;
    int fd;
    int family;
    bool send_blocked;
    struct avo_udp_group group; /* prepared and not all sent yet */
    struct received received;
};

static void receive_prepare(struct received *received) {
    for (uint32_t i = 0; i < RECEIVE_BATCH; i++) {
        received->parts[i] = (struct iovec){received->bytes[i], RECEIVE_MESSAGE_BYTES};
        received->headers[i].msg_hdr = (struct msghdr){.msg_name = &received->addresses[i],
                                                       .msg_namelen = sizeof received->addresses[i],
                                                       .msg_iov = &received->parts[i],
                                                       .msg_iovlen = 1,
                                                       .msg_control = &received->controls[i],
                                                       .msg_controllen = sizeof received->controls[i]};
    }
}

/* Each datagram of a message into a slot of its own. One too long for a slot is cut and goes on so: the enclave counts it as bad.
 * False when the ring is full first. */
static bool message_split(struct udp *udp, struct avo_ring_end *inbound, uint32_t *count) {
    struct received *received = &udp->received;
    uint32_t index = received->message;
    uint32_t length = received->headers[index].msg_len;
    uint32_t segment = avo_udp_segment_bytes(&received->headers[index].msg_hdr, length);
    struct avo_address from = avo_address_from_socket(&received->addresses[index]);
    while (received->offset < length) {
        uint8_t *slot = avo_ring_reserve(inbound);
        if (slot == NULL) {
            return false;
        }
        uint32_t left = length - received->offset;
        uint32_t bytes = left < segment ? left : segment;
        uint32_t kept = bytes < inbound->shape.datagram_bytes ? bytes : inbound->shape.datagram_bytes;
        memcpy(slot, received->bytes[index] + received->offset, kept);
        if (!avo_wire_speaks(slot[0])) {
            avo_transport_note_version(&udp->transport, &from, avo_slice(slot, kept));
        }
        avo_ring_push_filled(inbound, &from, kept);
        received->offset += bytes;
        (*count)++;
    }
    return true;
}

static uint32_t udp_receive(struct avo_transport *transport, struct avo_ring_end *inbound) {
    struct udp *udp = (struct udp *)transport;
    struct received *received = &udp->received;
    uint32_t count = 0;
    if (received->message == received->count) {
        receive_prepare(received);
        int got = recvmmsg(udp->fd, received->headers, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
        received->count = got > 0 ? (uint32_t)got : 0;
        received->message = 0;
        received->offset = 0;
    }
    while (received->message < received->count && message_split(udp, inbound, &count)) {
        received->message++;
        received->offset = 0;
    }
    transport->held = received->message < received->count;
    transport->received_count += count;
    return count;
}

static bool is_full(int number) {
    return number == EAGAIN || number == EWOULDBLOCK || number == ENOBUFS || number == EINTR;
}

/* The kernel or the device cannot cut a message into datagrams, or not into such long ones for this path. */
static bool is_unsegmentable(int number) {
    return number == EIO || number == EINVAL || number == EMSGSIZE || number == EOPNOTSUPP;
}

/* One message was refused: no route, no permission; it is lost, as datagrams may be. One that cannot be cut goes in parts: only
 * this one, since a path's MTU is what anybody says in an ICMP message, and other paths are none the worse for it. */
static void message_refused(struct udp *udp, int number) {
    const struct msghdr *refused = &udp->group.headers[udp->group.sent].msg_hdr;
    bool apart = refused->msg_controllen > 0 && is_unsegmentable(number);
    uint32_t sent = apart ? avo_udp_send_apart(udp->fd, refused) : 0;
    udp->transport.lost_count += refused->msg_iovlen - sent;
    udp->group.sent++;
}

static uint32_t udp_send(struct avo_transport *transport, struct avo_ring_end *outbound) {
    struct udp *udp = (struct udp *)transport;
    struct avo_udp_group *group = &udp->group;
    udp->send_blocked = false;
    if (group->sent == group->count) {
        transport->lost_count += avo_udp_group_fill(group, outbound, udp->family);
    }
    while (group->sent < group->count) {
        int sent = sendmmsg(udp->fd, group->headers + group->sent, group->count - group->sent, MSG_DONTWAIT);
        if (sent > 0) {
            group->sent += (uint32_t)sent;
        } else if (is_full(errno)) {
            udp->send_blocked = true;
            return 0;
        } else {
            message_refused(udp, errno);
        }
    }
    uint32_t taken = group->taken;
    transport->sent_count += taken;
    avo_ring_release(outbound, taken);
    group->taken = 0;
    return taken;
}

static int udp_poll_fd(const struct avo_transport *transport, bool *send_blocked) {
    const struct udp *udp = (const struct udp *)transport;
    *send_blocked = udp->send_blocked;
    return udp->fd;
}

static void udp_close(struct avo_transport *transport) {
    struct udp *udp = (struct udp *)transport;
    close(udp->fd);
    free(udp);
}

static const struct avo_transport_methods udp_methods = {"udp", udp_receive, udp_send, udp_poll_fd, udp_close};

/* As large as this user may have: a burst that does not fit is lost, and sent again later. */
static void buffer_enlarge(int fd, int forced, int modest) {
    int bytes = SOCKET_BUFFER_BYTES;
    if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, modest, &bytes, sizeof bytes);
    }
}

static int socket_open(const struct avo_address *address, int family) {
    struct sockaddr_storage own;
    int off = 0;
    int on = 1;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    buffer_enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    buffer_enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    (void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on); /* where there is none, each datagram comes by itself */
    if (family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off); /* IPv4 peers come as ::ffff:a.b.c.d */
    }
    socklen_t length = avo_address_to_socket(address, family, &own);
    if (bind(fd, (const struct sockaddr *)&own, length) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

struct avo_transport *avo_transport_udp(const struct avo_address *address, char why[AVO_TRANSPORT_WHY_BYTES]) {
    char text[AVO_ADDRESS_TEXT_BYTES];
    int family = avo_address_is_v4(address) ? AF_INET : AF_INET6;
    struct udp *udp = calloc(1, sizeof *udp);
    int fd = udp != NULL ? socket_open(address, family) : -1;
    if (fd < 0) {
        avo_address_text(address, text);
        snprintf(why, AVO_TRANSPORT_WHY_BYTES, "cannot open UDP port %u at %s: %s; %s", address->port, text, strerror(errno),
                 errno == EADDRINUSE ? "end what uses it, or give another --port" : "give another --bind or --port");
        free(udp);
        return NULL;
    }
    udp->transport.methods = &udp_methods;
    udp->fd = fd;
    udp->family = family;
    return &udp->transport;
}
