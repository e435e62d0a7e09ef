#include "protocol/channel/rtt.h"

static uint64_t within(uint64_t us, uint64_t least_us, uint64_t most_us) {
    us = us > least_us ? us : least_us;
    return us < most_us ? us : most_us;
}

void avo_rtt_sample(struct avo_rtt *rtt, uint64_t sample_us) {
    uint32_t sample = (uint32_t)within(sample_us, 0, AVO_RTT_SAMPLE_MAX_US);
    uint32_t off = sample > rtt->smoothed_us ? sample - rtt->smoothed_us : rtt->smoothed_us - sample;
    rtt->variation_us = rtt->known ? rtt->variation_us - rtt->variation_us / 4 + off / 4 : sample / 2;
    rtt->smoothed_us = rtt->known ? rtt->smoothed_us - rtt->smoothed_us / 8 + sample / 8 : sample;
    rtt->known = true;
    rtt->doublings = 0;
}

void avo_rtt_guess(struct avo_rtt *rtt, uint64_t most_us) {
    uint32_t guess_us = (uint32_t)within(most_us, 0, AVO_RTT_GUESS_MAX_US);
    rtt->smoothed_us = rtt->known ? rtt->smoothed_us : guess_us;
    rtt->variation_us = rtt->known ? rtt->variation_us : guess_us / 2;
}

void avo_rtt_expired(struct avo_rtt *rtt, uint64_t timeout_us, uint64_t now_us) {
    bool again = rtt->doublings > 0 && now_us < rtt->doubled_us + timeout_us;
    if (!again && rtt->doublings < AVO_RTT_DOUBLINGS_MAX) {
        rtt->doublings++;
        rtt->doubled_us = now_us;
    }
}

uint64_t avo_rtt_estimate_us(const struct avo_rtt *rtt) {
    return (uint64_t)rtt->smoothed_us + 4ULL * rtt->variation_us;
}

uint64_t avo_rtt_timeout_us(const struct avo_rtt *rtt, uint64_t least_us, uint64_t most_us) {
    uint64_t timeout_us = within(avo_rtt_estimate_us(rtt), least_us, most_us);
    return within(timeout_us << rtt->doublings, least_us, most_us);
}
