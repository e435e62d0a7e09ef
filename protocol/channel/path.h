/* How large a packet the path of one channel takes, in one direction: found by probes (RFC 8899, DPLPMTUD).
 *
 * The sender begins with AVO_PATH_BASE_BYTES and probes the largest packet that the view allows: a sealed packet of padding, which
 * the receiver acknowledges in one of its own, so that neither can be made up. What is acknowledged may be used. A probe that is
 * not, though the peer is heard, is tried again, beside one of the floor. Only where that one is acknowledged and the large one is
 * not, the size counts as lost: then the sender looks between what is known to pass and what is known not to. Packets larger than
 * the base that were lost show so: when the level above suspects it, or after a while, the size in use is probed again, and where
 * that fails the sender goes back to the base.
 *
 *   floor ... base ...... packet_bytes ...... failed ... most
 *             in use at first   in use        a probe of this size, or more, was lost
 *
 * Sans-IO, and without timers of its own: it is asked whenever something is sent to the peer.
 */
#ifndef AVO_CHANNEL_PATH_H
#define AVO_CHANNEL_PATH_H

#include "base/limits.h"
#include "protocol/channel/rtt.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AVO_PATH_BASE_BYTES 1200     /* what nearly every path takes (RFC 8899, 5.1.2) */
#define AVO_PATH_STEP_BYTES 16       /* the search ends so near the end */
#define AVO_PATH_PROBE_US 100000     /* a probe is lost when its peer was heard, but not of it, for so long; doubling, ... */
#define AVO_PATH_PROBE_COUNT 3       /* ... and its size when so many were */
#define AVO_PATH_SILENT_US 400000    /* of a silent peer a probe is repeated at most so often */
#define AVO_PATH_CONFIRM_US 10000000 /* after so long of large packets the size in use is probed again; ... */
#define AVO_PATH_SUSPECT_US 250000   /* ... at most so often where loss is suspected */
#define AVO_PATH_RAISE_US 600000000  /* a path that took less than the most is searched again after so long (RFC 8899, 5.1.1) */

struct avo_path {
    uint16_t packet_bytes; /* the largest packet to send now */
    uint16_t most_bytes;   /* the view's */
    uint16_t passed_bytes; /* acknowledged, or the floor */
    uint16_t failed_bytes; /* this and more did not pass; most_bytes + 1: not known of any */
    uint16_t probe_bytes;  /* what is probed now; 0: nothing, the search ended */
    uint8_t probe_count;   /* probes of that size sent and not acknowledged */
    bool beside;           /* a probe of the floor goes next */
    bool timed;            /* the last probe was the first of its size */
    bool large;            /* a packet above the base was sent since passed_us */
    struct avo_rtt rtt;    /* of the way there and back: probes tell it, and so do transfers */
    uint64_t probe_us;     /* when the last left */
    uint64_t heard_us;     /* an authentic packet of the peer's last came */
    uint64_t floor_us;     /* a probe, be it one of the floor, was last acknowledged */
    uint64_t passed_us;    /* the size in use was last acknowledged, or the search ended */
    uint64_t searched_us;  /* a search for a larger size last began, or one was lost */
};

/* `most_bytes`: at least AVO_PATH_FLOOR_BYTES. */
void avo_path_init(struct avo_path *path, size_t most_bytes, uint64_t now_us);
/* The size of the probe to be sent now; 0: none. To be asked when something is sent to the peer; takes what was lost into account,
 * so packet_bytes may be smaller afterwards. */
size_t avo_path_probe(struct avo_path *path, uint64_t now_us);
/* An authentic packet of the peer came. */
void avo_path_heard(struct avo_path *path, uint64_t now_us);
/* The peer acknowledged a probe of `bytes`; ignored where none of that size can have been sent. */
void avo_path_passed(struct avo_path *path, size_t bytes, uint64_t now_us);
/* A packet of `bytes` left. */
void avo_path_sent(struct avo_path *path, size_t bytes);
/* Something sent was not answered in time. */
void avo_path_suspect(struct avo_path *path, uint64_t now_us);
/* The search has ended, until something is lost. */
bool avo_path_is_settled(const struct avo_path *path);
/* It was found not to take the most, be it that the search for what it takes goes on. */
bool avo_path_is_narrow(const struct avo_path *path);
/* The largest IP packet that it is found to take: of the most, unless it is narrow. */
uint32_t avo_path_mtu(const struct avo_path *path);

#endif
