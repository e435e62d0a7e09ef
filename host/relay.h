/* Carries the enclave's connection to its CAS between the control stream and TCP. Knows nothing of what is inside. */
#ifndef AVO_HOST_RELAY_H
#define AVO_HOST_RELAY_H

#include "boundary/region.h"
#include "boundary/relay.h"

#define AVO_RELAY_RETRY_MIN_US 100000
#define AVO_RELAY_RETRY_MAX_US 2000000

enum avo_relay_state { AVO_RELAY_IDLE, AVO_RELAY_CONNECTING, AVO_RELAY_CONNECTED };

struct avo_host_relay {
    struct avo_address cas;
    struct avo_stream_end to_enclave;
    struct avo_stream_end from_enclave;
    struct avo_relay_reader reader;
    struct avo_relay_writer writer;
    enum avo_relay_state state;
    int tcp_fd;
    bool told_open;  /* what the enclave was last told */
    bool done;       /* it wants no connection */
    bool broken;     /* it breaks the rules of the stream */
    bool complained; /* the log has one line a series of failures */
    uint64_t retry_at_us;
    uint64_t retry_wait_us;
    struct avo_slice unsent; /* of the reader's frame: to the CAS */
};

void avo_host_relay_init(struct avo_host_relay *relay, uint8_t *region, const struct avo_region_layout *layout,
                         const struct avo_address *cas);

/* Does all it can without waiting. True when bytes or news passed on either side of the stream: the enclave is to be rung then. */
bool avo_host_relay_pump(struct avo_host_relay *relay, uint64_t now_us);

/* What to poll (-1: nothing) and for how long at most in ms, -1: for ever. */
int avo_host_relay_poll(const struct avo_host_relay *relay, uint64_t now_us, short *events, int *wait_ms);

#endif
