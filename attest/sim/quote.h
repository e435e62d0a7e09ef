/* Quotes of every version by a simulated platform: for tests; the simulated CPU itself makes version 3 only. */
#ifndef AVO_ATTEST_SIM_QUOTE_H
#define AVO_ATTEST_SIM_QUOTE_H

#include "attest/sim/platform.h"

struct avo_sim_quote_request {
    uint16_t version;      /* 3, 4 or 5 */
    uint16_t body_type;    /* 1 SGX, 2 TD 1.0, 3 TD 1.5 (version 5 only) */
    struct avo_slice body; /* 384, 584 or 648 bytes */
    bool by_ppid;          /* it names its PCK certificate by the PPID instead of carrying it */
};

/* AVO_ESPACE when `out` is too small or OpenSSL fails. */
AVO_MUST_USE enum avo_error avo_sim_quote(const struct avo_sim_platform *platform, const struct avo_sim_quote_request *request,
                                          struct avo_buffer *out);

#endif
