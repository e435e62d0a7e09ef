#include "daemon/address.h"
#include "host/transport/transport.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 64
#define SOCKET_BUFFER_BYTES (4 << 20)

struct udp {
    struct avo_transport transport;
    int fd;
    int family;
    bool send_blocked;
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_storage addresses[BATCH];
};

/* Where the next datagrams would come to lie: an end's copy walks ahead, the end itself stays. But for what the copy heard of the
 * other end: asked again, that might say less, and the slots would not be there. */
static uint32_t slots_reserve(struct udp *udp, struct avo_ring_end *inbound) {
    static const struct avo_address nobody;
    struct avo_ring_end ahead = *inbound;
    uint32_t count = 0;
    for (uint8_t *slot; count < BATCH && (slot = avo_ring_reserve(&ahead)) != NULL; count++) {
        udp->parts[count] = (struct iovec){slot, inbound->shape.datagram_bytes};
        udp->messages[count].msg_hdr = (struct msghdr){.msg_name = &udp->addresses[count],
                                                       .msg_namelen = sizeof udp->addresses[count],
                                                       .msg_iov = &udp->parts[count],
                                                       .msg_iovlen = 1};
        avo_ring_push_filled(&ahead, &nobody, 1);
    }
    inbound->peer_index = ahead.peer_index;
    inbound->lies = ahead.lies;
    inbound->doubts = ahead.doubts;
    return count;
}

/* A datagram too long for a slot was cut and goes on so: the enclave counts it as bad. An empty one takes no slot, and moves those
 * behind it up. */
static void slots_fill(struct udp *udp, struct avo_ring_end *inbound, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct avo_address from = avo_address_from_socket(&udp->addresses[i]);
        uint8_t *slot = avo_ring_reserve(inbound);
        if (slot != udp->parts[i].iov_base) {
            memmove(slot, udp->parts[i].iov_base, udp->messages[i].msg_len);
        }
        avo_ring_push_filled(inbound, &from, udp->messages[i].msg_len);
    }
}

static uint32_t udp_receive(struct avo_transport *transport, struct avo_ring_end *inbound) {
    struct udp *udp = (struct udp *)transport;
    uint32_t room = slots_reserve(udp, inbound);
    int got = room > 0 ? recvmmsg(udp->fd, udp->messages, room, MSG_DONTWAIT, NULL) : 0;
    if (got <= 0) {
        return 0;
    }
    slots_fill(udp, inbound, (uint32_t)got);
    transport->received_count += (uint64_t)got;
    return (uint32_t)got;
}

/* Prepares up to a batch. A datagram that cannot go (empty by a lie, or of another family) ends the batch; it is dropped when it is
 * the first. */
static uint32_t batch_prepare(struct udp *udp, struct avo_ring_end *outbound, bool *drop_first) {
    struct avo_address to;
    struct avo_slice datagram;
    uint32_t count = 0;
    *drop_first = false;
    while (count < BATCH && avo_ring_peek(outbound, count, &to, &datagram)) {
        socklen_t length = avo_address_to_socket(&to, udp->family, &udp->addresses[count]);
        if (length == 0 || datagram.length == 0 || to.port == 0) {
            *drop_first = count == 0;
            break;
        }
        udp->parts[count] = (struct iovec){(void *)(uintptr_t)datagram.data, datagram.length};
        udp->messages[count].msg_hdr = (struct msghdr){
            .msg_name = &udp->addresses[count], .msg_namelen = length, .msg_iov = &udp->parts[count], .msg_iovlen = 1};
        count++;
    }
    return count;
}

static bool is_full(int number) {
    return number == EAGAIN || number == EWOULDBLOCK || number == ENOBUFS || number == EINTR;
}

static uint32_t udp_send(struct avo_transport *transport, struct avo_ring_end *outbound) {
    struct udp *udp = (struct udp *)transport;
    bool drop_first;
    uint32_t count = batch_prepare(udp, outbound, &drop_first);
    int sent = count > 0 ? sendmmsg(udp->fd, udp->messages, count, MSG_DONTWAIT) : 0;
    udp->send_blocked = sent < 0 && is_full(errno);
    if (drop_first || (sent < 0 && !udp->send_blocked)) {
        transport->lost_count++; /* no route, no permission: this one is lost, as datagrams may be */
        avo_ring_release(outbound, 1);
        return 1;
    }
    if (sent <= 0) {
        return 0;
    }
    transport->sent_count += (uint64_t)sent;
    avo_ring_release(outbound, (uint32_t)sent);
    return (uint32_t)sent;
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
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    buffer_enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    buffer_enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
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
