#include "cas/peer.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void avo_peer_open(struct avo_peer *peer, int fd) {
    peer->fd = fd;
    peer->closing = false;
    peer->out_length = 0;
}

bool avo_peer_send(struct avo_peer *peer, struct avo_slice bytes) {
    if (bytes.length > sizeof peer->out - peer->out_length) {
        return false;
    }
    memcpy(peer->out + peer->out_length, bytes.data, bytes.length);
    peer->out_length += bytes.length;
    return true;
}

bool avo_peer_flush(struct avo_peer *peer) {
    while (peer->out_length > 0) {
        ssize_t sent = send(peer->fd, peer->out, peer->out_length, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        peer->out_length -= (size_t)sent;
        memmove(peer->out, peer->out + sent, peer->out_length);
    }
    if (peer->closing) {
        (void)shutdown(peer->fd, SHUT_WR); /* a close with bytes unread would destroy the last reply on its way */
    }
    return true;
}

int avo_peer_receive(struct avo_peer *peer, uint8_t *to, int capacity) {
    ssize_t got = recv(peer->fd, to, (size_t)capacity, 0);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    return got == 0 ? -1 : (int)got;
}

void avo_peer_finish(struct avo_peer *peer, uint64_t now_us) {
    peer->closing = true;
    peer->linger_until_us = now_us + AVO_PEER_LINGER_US;
}

void avo_peer_drop(struct avo_peer *peer) {
    (void)close(peer->fd);
    peer->fd = -1;
    peer->closing = false;
}
