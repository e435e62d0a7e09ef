/* One worker of an enclave: rings -> channels -> replica -> store -> rings. Makes no system call.
 *
 * avo_worker_poll takes what the host delivered, steps the replica, and leaves the packets it produced in the outbound ring:
 * everything for one peer or client that arose in one poll leaves together. The same code runs in a process of its own, inline, and
 * in the simulator.
 */
#ifndef AVO_WORKER_H
#define AVO_WORKER_H

#include "boundary/launch.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/noise.h"
#include "trusted/replica/replica.h"
#include "trusted/worker/mailbox.h"

struct avo_worker; /* lives in the arena */

/* What the CAS gave the enclave when it joined; the same for all workers, and never changed: a newer view comes by letter. */
struct avo_identity {
    struct avo_key_pair channel_key;
    uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES]; /* verifies views and tickets */
    uint8_t cluster_secret[AVO_CLUSTER_SECRET_BYTES];
    struct avo_view view;
    struct avo_signed_view signed_view; /* the same; empty: the worker shows its view to nobody */
};

struct avo_worker_config {
    uint8_t slot;
    uint8_t index;
    struct avo_region_worker door;       /* the enclave's ends of this worker's rings and slabs */
    const struct avo_identity *identity; /* borrowed for the worker's life */
    struct avo_random *random;           /* borrowed for the worker's life; used by this worker alone */
    enum avo_secret_memory secret_memory;
    enum avo_aead_kind aead;
    const struct avo_channel_limits *limits; /* borrowed for the worker's life; NULL: those of base/limits.h */
    uint64_t compare_us;                     /* as avo_replica_config; 0: AVO_COMPARE_US */
    struct avo_mailbox *from_steward;        /* borrowed, as is the next, for the worker's life; NULL: its view never changes */
    struct avo_mailbox *to_steward;
};

/* Takes everything left in `arena`. NULL when that is too little, or the view does not list its slot, or a key in it is none. */
struct avo_worker *avo_worker_create(struct avo_arena *arena, const struct avo_worker_config *config);

/* One turn. `host_us`: the host's clock, Unix microseconds; what it goes forward is time that passed, in steps of at most 10 s.
 * Returns how much was done: 0 means that nothing waited. */
uint32_t avo_worker_poll(struct avo_worker *worker, uint64_t host_us);

/* True when nothing is under way: no operation, transfer, unsent packet or packing of values; the worker may sleep until the
 * doorbell or a slow tick.
 */
bool avo_worker_idle(const struct avo_worker *worker);

void avo_worker_stats(const struct avo_worker *worker, struct avo_figures *stats);

#endif
