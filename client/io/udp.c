#include "client/io/udp.h"
#include "base/assert.h"
#include "client/io/endpoint.h"
#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>
#include <unistd.h>

#define RECEIVE_BUFFER_BYTES (4 << 20) /* asked for; the system gives what it allows */

bool avo_udp_open(struct avo_udp *udp, bool ipv4) {
    int one = 1;
    int zero = 0;
    int buffer = RECEIVE_BUFFER_BYTES;
    udp->family = ipv4 ? AF_INET : AF_INET6;
    udp->fd = socket(udp->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0) {
        return false;
    }
    (void)setsockopt(udp->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
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

struct avo_buffer avo_udp_slot(struct avo_udp_batch *batch) {
    AVO_ASSERT(batch->count < AVO_UDP_BATCH);
    return (struct avo_buffer){.data = batch->bytes[batch->count], .capacity = AVO_PACKET_MAX_BYTES};
}

static void header_set(struct avo_udp_batch *batch, unsigned index, size_t length, socklen_t address_length) {
    batch->vectors[index] = (struct iovec){.iov_base = batch->bytes[index], .iov_len = length};
    batch->headers[index].msg_hdr = (struct msghdr){
        .msg_name = &batch->addresses[index], .msg_namelen = address_length, .msg_iov = &batch->vectors[index], .msg_iovlen = 1};
}

void avo_udp_add(const struct avo_udp *udp, struct avo_udp_batch *batch, const struct avo_address *to, size_t length) {
    socklen_t address_length = avo_endpoint_to_socket(to, udp->family, &batch->addresses[batch->count]);
    header_set(batch, batch->count, length, address_length);
    batch->count++;
}

void avo_udp_send(const struct avo_udp *udp, struct avo_udp_batch *batch) {
    unsigned sent = 0;
    unsigned refused = 0;
    while (sent < batch->count) {
        int taken = sendmmsg(udp->fd, batch->headers + sent, batch->count - sent, MSG_NOSIGNAL);
        if (taken > 0) {
            sent += (unsigned)taken;
        } else if (errno != EINTR && refused++ >= batch->count) {
            break; /* full, or no such network: lost */
        } else if (errno == EAGAIN) {
            break;
        } /* else the socket reported an earlier error and cleared it */
    }
    batch->count = 0;
}

void avo_udp_receive(const struct avo_udp *udp, struct avo_udp_batch *batch) {
    batch->next = batch->count = 0;
    for (unsigned i = 0; i < AVO_UDP_BATCH; i++) {
        header_set(batch, i, AVO_PACKET_MAX_BYTES, sizeof batch->addresses[i]);
    }
    for (int tries = 0; tries < AVO_UDP_BATCH; tries++) {
        int count = recvmmsg(udp->fd, batch->headers, AVO_UDP_BATCH, MSG_DONTWAIT, NULL);
        if (count >= 0) {
            batch->count = (unsigned)count;
            return;
        }
        if (errno == EAGAIN) {
            return;
        } /* else an error of what was sent earlier; avo_udp_unreachable has the details */
    }
}

bool avo_udp_take(struct avo_udp_batch *batch, struct avo_slice *datagram) {
    if (batch->next == batch->count) {
        return false;
    }
    const struct mmsghdr *header = &batch->headers[batch->next];
    bool whole = (header->msg_hdr.msg_flags & MSG_TRUNC) == 0;
    *datagram = avo_slice(batch->bytes[batch->next], whole ? header->msg_len : 0);
    batch->next++;
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

bool avo_udp_unreachable(const struct avo_udp *udp, struct avo_address *address) {
    struct sockaddr_storage to = {0};
    uint8_t bytes[64];
    _Alignas(struct cmsghdr) uint8_t control[512];
    for (int tries = 0; tries < AVO_UDP_BATCH; tries++) {
        struct iovec vector = {.iov_base = bytes, .iov_len = sizeof bytes};
        struct msghdr message = {.msg_name = &to,
                                 .msg_namelen = sizeof to,
                                 .msg_iov = &vector,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        if (recvmsg(udp->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            return false;
        }
        if (refused(&message) && avo_endpoint_from_socket(&to, address)) {
            return true;
        }
    }
    return false;
}
