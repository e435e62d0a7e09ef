/* How long one channel's way there and back takes, and so how long to wait before something counts as lost (RFC 6298).
 *
 *   first sample R:  SRTT = R, RTTVAR = R/2
 *   every other:     RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R|, then SRTT = 7/8 SRTT + 1/8 R
 *   RTO = SRTT + 4 RTTVAR, at least the least and at most the most that the caller bears, doubled with every time it passed in vain
 *
 * What was sent more than once gives no sample, since nobody knows which of them was answered (Karn); the doubling lasts until
 * something does. One object serves all timers of a channel: it doubles once in the time that it says, however many run out.
 * Sans-IO; a zeroed one knows nothing yet.
 */
#ifndef AVO_CHANNEL_RTT_H
#define AVO_CHANNEL_RTT_H

#include <stdbool.h>
#include <stdint.h>

#define AVO_RTT_SAMPLE_MAX_US 4000000 /* a longer one counts as this: the peer slept, or its host wants us to wait for ever */
#define AVO_RTT_GUESS_MAX_US 250000   /* a guess that is longer says more of what was lost than of the way */
#define AVO_RTT_DOUBLINGS_MAX 7

struct avo_rtt {
    bool known; /* there was a sample */
    uint8_t doublings;
    uint32_t smoothed_us;
    uint32_t variation_us;
    uint64_t doubled_us; /* when it last was */
};

/* Something sent once was answered `sample_us` later. */
void avo_rtt_sample(struct avo_rtt *rtt, uint64_t sample_us);
/* It cannot be longer than `most_us`, but was not sampled yet: a start, in whose place the first sample comes. */
void avo_rtt_guess(struct avo_rtt *rtt, uint64_t most_us);
/* Something was not answered within `timeout_us`, and is sent again at `now_us`. */
void avo_rtt_expired(struct avo_rtt *rtt, uint64_t timeout_us, uint64_t now_us);
/* SRTT + 4 RTTVAR, in microseconds, however often anything passed in vain; 0 before any sample or guess. */
uint64_t avo_rtt_estimate_us(const struct avo_rtt *rtt);
/* RTO, in microseconds: how long to wait for an answer. Before any sample or guess: the least, doubled. */
uint64_t avo_rtt_timeout_us(const struct avo_rtt *rtt, uint64_t least_us, uint64_t most_us);

#endif
