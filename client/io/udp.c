#include "client/io/udp.h"
#include "base/assert.h"
#include "client/io/endpoint.h"
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTED_MAX_BYTES 65000      /* with its headers below what an IP packet may say it is */
#define RECEIVE_BUFFER_BYTES (4 << 20) /* asked for; the system gives what it allows */

_Static_assert(AVO_UDP_BATCH *AVO_PACKET_MAX_BYTES <= AVO_UDP_MESSAGES * AVO_UDP_MESSAGE_BYTES, "one memory serves both ways");
_Static_assert(AVO_UDP_BATCH <= 64, "a message holds so many datagrams on every kernel (UDP_MAX_SEGMENTS)");

bool avo_udp_open(struct avo_udp *udp, bool ipv4) {
    int one = 1;
    int zero = 0;
    int buffer = RECEIVE_BUFFER_BYTES;
    udp->family = ipv4 ? AF_INET : AF_INET6;
    udp->fd = socket(udp->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0) {
        return false;
    }
    udp->reported = false;
    (void)setsockopt(udp->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    (void)setsockopt(udp->fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one); /* where there is none, each datagram comes by itself */
    if (ipv4) {
        (void)setsockopt(udp->fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
    } else {
        (void)setsockopt(udp->fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
        (void)setsockopt(udp->fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one);
    }
    return true;
}

void avo_udp_close(struct avo_udp *udp) {
    if (udp->fd >= 0) {
        (void)close(udp->fd);
    }
    udp->fd = -1;
}

void avo_udp_begin(struct avo_udp_batch *batch) {
    batch->count = batch->messages = batch->next = 0;
    batch->offset = 0;
}

struct avo_buffer avo_udp_slot(struct avo_udp_batch *batch) {
    AVO_ASSERT(batch->count < AVO_UDP_BATCH);
    return (struct avo_buffer){.data = batch->bytes + (size_t)batch->count * AVO_PACKET_MAX_BYTES,
                               .capacity = AVO_PACKET_MAX_BYTES};
}

/* A message of several datagrams says how long each is. */
static void segment_set(struct msghdr *header, struct avo_udp_control *control, uint16_t segment_bytes) {
    header->msg_control = control->bytes;
    header->msg_controllen = CMSG_SPACE(sizeof segment_bytes);
    struct cmsghdr *part = CMSG_FIRSTHDR(header);
    part->cmsg_level = IPPROTO_UDP;
    part->cmsg_type = UDP_SEGMENT;
    part->cmsg_len = CMSG_LEN(sizeof segment_bytes);
    memcpy(CMSG_DATA(part), &segment_bytes, sizeof segment_bytes);
}

/* True when the datagram was added to the last message: all of one length, but the last may be shorter. */
static bool joins_last(struct avo_udp_batch *batch, const struct sockaddr_storage *address, socklen_t address_length,
                       size_t length) {
    if (batch->messages == 0) {
        return false;
    }
    struct msghdr *last = &batch->headers[batch->messages - 1].msg_hdr;
    size_t segment = last->msg_iov[0].iov_len;
    if (last->msg_iov[last->msg_iovlen - 1].iov_len != segment || length > segment ||
        segment * (last->msg_iovlen + 1) > SEGMENTED_MAX_BYTES || last->msg_namelen != address_length ||
        memcmp(last->msg_name, address, address_length) != 0) {
        return false;
    }
    segment_set(last, &batch->controls[batch->messages - 1], (uint16_t)segment);
    last->msg_iovlen++;
    return true;
}

void avo_udp_add(const struct avo_udp *udp, struct avo_udp_batch *batch, const struct avo_address *to, size_t length) {
    struct sockaddr_storage *address = &batch->addresses[batch->messages];
    socklen_t address_length = avo_endpoint_to_socket(to, udp->family, address);
    struct iovec *vector = &batch->vectors[batch->count];
    *vector = (struct iovec){.iov_base = avo_udp_slot(batch).data, .iov_len = length};
    if (!joins_last(batch, address, address_length, length)) {
        batch->headers[batch->messages++].msg_hdr =
            (struct msghdr){.msg_name = address, .msg_namelen = address_length, .msg_iov = vector, .msg_iovlen = 1};
    }
    batch->count++;
}

/* What the kernel, or a device on the way, says of a message that it cannot cut into datagrams, or not into such long ones. */
static bool is_unsegmentable(int number) {
    return number == EIO || number == EINVAL || number == EMSGSIZE || number == EOPNOTSUPP;
}

/* Each of its datagrams by itself: this one message only, since a path's MTU is what anybody says in an ICMP message. */
static void send_apart(const struct avo_udp *udp, const struct msghdr *message) {
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        struct msghdr part = {
            .msg_name = message->msg_name, .msg_namelen = message->msg_namelen, .msg_iov = &message->msg_iov[i], .msg_iovlen = 1};
        (void)sendmsg(udp->fd, &part, MSG_NOSIGNAL);
    }
}

void avo_udp_send(struct avo_udp *udp, struct avo_udp_batch *batch) {
    unsigned sent = 0;
    unsigned refused = 0;
    while (sent < batch->messages) {
        int taken = sendmmsg(udp->fd, batch->headers + sent, batch->messages - sent, MSG_NOSIGNAL);
        if (taken > 0) {
            sent += (unsigned)taken;
            udp->reported = udp->reported || sent < batch->messages; /* what stopped it may have been an error, now cleared */
            continue;
        }
        if (batch->headers[sent].msg_hdr.msg_controllen > 0 && is_unsegmentable(errno)) {
            send_apart(udp, &batch->headers[sent++].msg_hdr);
            continue;
        }
        if (errno == EAGAIN || (errno != EINTR && refused++ >= batch->messages)) {
            break; /* full, or no such network: lost */
        }
        udp->reported = true; /* the socket reported an earlier error and cleared it */
    }
    avo_udp_begin(batch);
}

static void receive_prepare(struct avo_udp_batch *batch) {
    avo_udp_begin(batch);
    for (unsigned i = 0; i < AVO_UDP_MESSAGES; i++) {
        batch->vectors[i] =
            (struct iovec){.iov_base = batch->bytes + (size_t)i * AVO_UDP_MESSAGE_BYTES, .iov_len = AVO_UDP_MESSAGE_BYTES};
        batch->headers[i].msg_hdr = (struct msghdr){.msg_iov = &batch->vectors[i],
                                                    .msg_iovlen = 1,
                                                    .msg_control = &batch->controls[i],
                                                    .msg_controllen = sizeof batch->controls[i]};
    }
}

bool avo_udp_receive(struct avo_udp *udp, struct avo_udp_batch *batch) {
    receive_prepare(batch);
    for (int tries = 0; tries < AVO_UDP_BATCH; tries++) {
        int count = recvmmsg(udp->fd, batch->headers, AVO_UDP_MESSAGES, MSG_DONTWAIT, NULL);
        if (count >= 0) {
            batch->messages = (unsigned)count;
            return count == AVO_UDP_MESSAGES;
        }
        if (errno == EAGAIN) {
            return false;
        }
        udp->reported = true;
    }
    return false;
}

/* Length of the datagrams that a received message consists of. */
static size_t segment_bytes(struct mmsghdr *header) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&header->msg_hdr); part != NULL; part = CMSG_NXTHDR(&header->msg_hdr, part)) {
        int bytes = 0;
        if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO) {
            memcpy(&bytes, CMSG_DATA(part), sizeof bytes);
            return bytes > 0 ? (size_t)bytes : header->msg_len;
        }
    }
    return header->msg_len;
}

bool avo_udp_take(struct avo_udp_batch *batch, struct avo_slice *datagram) {
    if (batch->next == batch->messages) {
        return false;
    }
    struct mmsghdr *header = &batch->headers[batch->next];
    size_t left = header->msg_len - batch->offset;
    size_t segment = segment_bytes(header);
    size_t length = left < segment ? left : segment;
    *datagram = avo_slice((const uint8_t *)header->msg_hdr.msg_iov[0].iov_base + batch->offset, length);
    batch->offset += length;
    if (batch->offset == header->msg_len) {
        batch->next++;
        batch->offset = 0;
    }
    return true;
}

static bool refused(struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
        bool ours = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                    (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
        struct sock_extended_err error;
        if (ours) {
            memcpy(&error, CMSG_DATA(part), sizeof error);
            return error.ee_errno == ECONNREFUSED || error.ee_errno == EHOSTUNREACH || error.ee_errno == ENETUNREACH;
        }
    }
    return false;
}

bool avo_udp_unreachable(struct avo_udp *udp, struct avo_address *address) {
    struct sockaddr_storage to = {0};
    uint8_t bytes[64];
    _Alignas(struct cmsghdr) uint8_t control[512];
    for (int tries = 0; udp->reported && tries < AVO_UDP_BATCH; tries++) {
        struct iovec vector = {.iov_base = bytes, .iov_len = sizeof bytes};
        struct msghdr message = {.msg_name = &to,
                                 .msg_namelen = sizeof to,
                                 .msg_iov = &vector,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        if (recvmsg(udp->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            udp->reported = false;
            return false;
        }
        if (refused(&message) && avo_endpoint_from_socket(&to, address)) {
            return true;
        }
    }
    return false;
}
