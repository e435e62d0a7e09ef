/* One TCP connection of the CAS's shell: non-blocking, bounded. */
#ifndef AVO_CAS_PEER_H
#define AVO_CAS_PEER_H

#include "base/bytes.h"

#define AVO_PEER_OUT_BYTES (32 * 1024) /* the longest reply and a greeting */
#define AVO_PEER_LINGER_US 2000000ULL  /* how long a closed connection may take to read its last reply */

struct avo_peer {
    int fd; /* -1: none */
    bool closing;
    uint64_t linger_until_us; /* when closing */
    size_t out_length;
    uint8_t out[AVO_PEER_OUT_BYTES];
};

/* Takes over an accepted, non-blocking socket. */
void avo_peer_open(struct avo_peer *peer, int fd);
/* Queues bytes; false when the peer does not read its replies: drop it. */
AVO_MUST_USE bool avo_peer_send(struct avo_peer *peer, struct avo_slice bytes);
/* Sends what it can; false when the connection is broken. */
AVO_MUST_USE bool avo_peer_flush(struct avo_peer *peer);
/* 1 and more bytes received, 0 nothing now, -1 the other side is gone. */
int avo_peer_receive(struct avo_peer *peer, uint8_t *to, int capacity);
/* No more is said after what is queued; the other side gets time to read it. */
void avo_peer_finish(struct avo_peer *peer, uint64_t now_us);
/* At once. */
void avo_peer_drop(struct avo_peer *peer);

#endif
