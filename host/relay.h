/* Carries the enclave's connection to its CAS between the control stream and TCP, and its messages to the LAS. Knows nothing of
 * what is inside. */
#ifndef AVO_HOST_RELAY_H
#define AVO_HOST_RELAY_H

#include "boundary/region.h"
#include "boundary/relay.h"
#include "daemon/dial.h"
#include "host/las.h"

struct avo_host_relay {
    struct avo_dial cas;
    struct avo_stream_end to_enclave;
    struct avo_stream_end from_enclave;
    struct avo_relay_reader reader;
    struct avo_relay_writer writer;
    bool told_open;          /* what the enclave was last told */
    bool broken;             /* it breaks the rules of the stream */
    struct avo_slice unsent; /* of the reader's frame: to the CAS */
    struct avo_host_las las;
};

/* `las_socket`: NULL when the enclave does not go through a LAS; kept. */
void avo_host_relay_init(struct avo_host_relay *relay, uint8_t *region, const struct avo_region_layout *layout,
                         const struct avo_address *cas, const char *las_socket);

/* Does all it can without waiting. True when bytes or news passed on either side of the stream: the enclave is to be rung then. */
bool avo_host_relay_pump(struct avo_host_relay *relay, uint64_t now_us);

/* What to poll of the CAS and, for reading, of the LAS (-1: nothing), and for how long at most in ms, -1: for ever. */
int avo_host_relay_poll(const struct avo_host_relay *relay, uint64_t now_us, short *events, int *las_fd, int *wait_ms);

#endif
