#include "host/transport/udp_group.h"
#include "daemon/address.h"
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#define MESSAGE_MAX_BYTES 65000 /* with its headers below what an IP packet may say it is */
#define LOOK_BACK 16            /* messages: what is for one address is pushed close together */
#define NO_MESSAGE UINT8_MAX

static bool takes(const struct avo_udp_message *message, const struct avo_address *to, size_t length) {
    return !message->closed && length <= message->segment_bytes && message->bytes + length <= MESSAGE_MAX_BYTES &&
           memcmp(&message->to, to, sizeof *to) == 0;
}

/* The message that the next datagram joins; a new one where none does. */
static uint32_t message_for(struct avo_udp_group *group, const struct avo_address *to, size_t length) {
    uint32_t oldest = group->count > LOOK_BACK ? group->count - LOOK_BACK : 0;
    for (uint32_t i = group->count; i > oldest; i--) {
        if (takes(&group->messages[i - 1], to, length)) {
            return i - 1;
        }
    }
    group->messages[group->count] = (struct avo_udp_message){.to = *to, .segment_bytes = (uint32_t)length};
    return group->count++;
}

static bool join(struct avo_udp_group *group, uint32_t datagram, const struct avo_address *to, size_t length, int family) {
    struct sockaddr_storage address;
    group->message_of[datagram] = NO_MESSAGE;
    if (length == 0 || to->port == 0 || avo_address_to_socket(to, family, &address) == 0) {
        return false;
    }
    uint32_t index = message_for(group, to, length);
    struct avo_udp_message *message = &group->messages[index];
    message->count++;
    message->bytes += (uint32_t)length;
    message->closed = length < message->segment_bytes;
    group->message_of[datagram] = (uint8_t)index;
    return true;
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

/* A header for each message, with room for its parts one behind the other. */
static void headers_make(struct avo_udp_group *group, int family) {
    uint32_t first = 0;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct avo_udp_message *message = &group->messages[i];
        struct msghdr *header = &group->headers[i].msg_hdr;
        *header = (struct msghdr){.msg_name = &group->addresses[i], .msg_iov = &group->parts[first]};
        header->msg_namelen = avo_address_to_socket(&message->to, family, &group->addresses[i]);
        if (message->count > 1) {
            segment_set(header, &group->controls[i], (uint16_t)message->segment_bytes);
        }
        first += message->count;
    }
}

uint32_t avo_udp_group_fill(struct avo_udp_group *group, struct avo_ring_end *outbound, int family) {
    struct iovec waiting[AVO_UDP_GROUP_DATAGRAMS];
    struct avo_address to;
    struct avo_slice datagram;
    uint32_t left_out = 0;
    group->taken = group->count = group->sent = 0;
    while (group->taken < AVO_UDP_GROUP_DATAGRAMS && avo_ring_peek(outbound, group->taken, &to, &datagram)) {
        waiting[group->taken] = (struct iovec){(void *)(uintptr_t)datagram.data, datagram.length};
        left_out += !join(group, group->taken, &to, datagram.length, family);
        group->taken++;
    }
    headers_make(group, family);
    for (uint32_t i = 0; i < group->taken; i++) {
        if (group->message_of[i] != NO_MESSAGE) {
            struct msghdr *header = &group->headers[group->message_of[i]].msg_hdr;
            header->msg_iov[header->msg_iovlen++] = waiting[i];
        }
    }
    return left_out;
}

uint32_t avo_udp_send_apart(int fd, const struct msghdr *message) {
    struct mmsghdr parts[AVO_UDP_GROUP_DATAGRAMS];
    uint32_t count = 0;
    for (; count < message->msg_iovlen && count < AVO_UDP_GROUP_DATAGRAMS; count++) {
        parts[count].msg_hdr = (struct msghdr){.msg_name = message->msg_name,
                                               .msg_namelen = message->msg_namelen,
                                               .msg_iov = &message->msg_iov[count],
                                               .msg_iovlen = 1};
    }
    int sent = sendmmsg(fd, parts, count, MSG_DONTWAIT);
    return sent > 0 ? (uint32_t)sent : 0;
}

uint32_t avo_udp_segment_bytes(struct msghdr *message, uint32_t length) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO) {
            int bytes;
            memcpy(&bytes, CMSG_DATA(part), sizeof bytes);
            return bytes > 0 ? (uint32_t)bytes : length;
        }
    }
    return length;
}
