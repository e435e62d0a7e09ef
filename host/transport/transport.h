/* A datagram driver: moves datagrams between one worker's rings and the outside. A driver can only lose packets [DESIGN 7].
 *
 * Kernel UDP is the first (udp.c); io_uring, AF_XDP and DPDK have their place beside it. A driver belongs to one thread.
 */
#ifndef AVO_HOST_TRANSPORT_H
#define AVO_HOST_TRANSPORT_H

#include "boundary/ring.h"
#include <avocado/error.h>

#define AVO_TRANSPORT_WHY_BYTES 256

struct avo_transport;

struct avo_transport_methods {
    const char *name;
    /* Receives what waits, at most a batch, straight into slots of the ring; not yet published. Returns how many datagrams. */
    uint32_t (*receive)(struct avo_transport *transport, struct avo_ring_end *inbound);
    /* Sends what waits in the ring, at most a batch, straight from its slots, and releases it. Returns how many left the ring. */
    uint32_t (*send)(struct avo_transport *transport, struct avo_ring_end *outbound);
    /* The descriptor to poll; true in *send_blocked when the driver waits for room to send. */
    int (*poll_fd)(const struct avo_transport *transport, bool *send_blocked);
    void (*close)(struct avo_transport *transport);
};

/* The first member of every driver's state. */
struct avo_transport {
    const struct avo_transport_methods *methods;
    uint64_t received_count;
    uint64_t sent_count;
    bool held; /* received, and waiting for room in the ring */
    uint64_t other_version_count;
    uint64_t lost_count; /* could not be sent: no route, no such family, refused by the kernel */
};

/* Opens a driver bound to `address`: the port is the worker's own. NULL with `why` in one line. */
typedef struct avo_transport *avo_transport_open(const struct avo_address *address, char why[AVO_TRANSPORT_WHY_BYTES]);

/* To be called for a datagram whose first byte this build does not speak: if it is of another version, not garbage, that is
 * counted, and said in the log, the more rarely the more there are. For the operator's eyes; the enclave looks for itself. */
void avo_transport_note_version(struct avo_transport *transport, const struct avo_address *from, struct avo_slice datagram);

/* The driver called `name`; NULL when there is none. */
avo_transport_open *avo_transport_find(const char *name);

/* Kernel UDP in batches. */
struct avo_transport *avo_transport_udp(const struct avo_address *address, char why[AVO_TRANSPORT_WHY_BYTES]);

#endif
