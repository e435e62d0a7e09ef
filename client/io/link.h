/* One client on the network: a core, its socket, its memory. */
#ifndef AVO_CLIENT_LINK_H
#define AVO_CLIENT_LINK_H

#include "client/core/core.h"
#include "client/io/profile.h"
#include "client/io/udp.h"
#include <poll.h>

struct avo_link_config {
    const struct avo_view *view;    /* copied */
    const uint8_t *cas_sign_public; /* as the core's */
    const struct avo_key_pair *key; /* copied */
    struct avo_slice signed_ticket; /* copied */
    const struct avo_aead *aead;    /* borrowed for the link's life */
    struct avo_random *random;      /* borrowed for the link's life */
    bool renews;                    /* as the core's */
    uint32_t operation_count;
    uint32_t transfer_count;
    size_t transfer_max_bytes;
};

struct avo_link {
    bool open;
    struct avo_client_core *core;
    struct avo_udp udp;
    void *memory;
    size_t memory_bytes;
    uint64_t now_us;    /* when the socket was last looked at */
    const uint8_t *own; /* 1 in the process that opened the link; in a child of it, 0 */
};

/* Called with each completion: it borrows from the core, which the callee must not use but for avo_client_core_submit. */
struct avo_link_sink {
    void *context;
    void (*done)(void *context, const struct avo_client_completion *completion);
};

/* AVO_EIO (errno says why): no socket, no memory. AVO_EINVAL: a configuration out of range. */
AVO_MUST_USE enum avo_error avo_link_open(struct avo_link *link, const struct avo_link_config *config);
/* Wipes and frees everything; harmless on a zeroed link. */
void avo_link_close(struct avo_link *link);
/* Is this the process that opened the link? A child must not use it: the core's memory reads as zero there, so that no child seals
 * under its parent's keys and counters [DESIGN 7: no nonce twice]. Its socket may still be closed with avo_link_close. */
bool avo_link_is_own(const struct avo_link *link);

/* Sends what the core has to send. `batch` may be shared by the links of a thread. */
void avo_link_send(struct avo_link *link, struct avo_udp_batch *batch);
/* Takes the next completion out of the core, giving it the datagrams of `in` one by one; false when both are at their end. */
AVO_MUST_USE bool avo_link_take(struct avo_link *link, struct avo_udp_batch *in, struct avo_client_completion *completion);
/* Refills `in` from the socket; true when more may be waiting there. Only after avo_link_take was false. */
bool avo_link_fetch(struct avo_link *link, struct avo_udp_batch *in);
/* Runs the timers and looks for closed ports. Only after avo_link_take was false; then there may be completions. */
void avo_link_tick(struct avo_link *link);
/* Waits for the network or the timers, or for what `also` says (fd -1: nothing), at most until `until_us`. */
void avo_link_wait(const struct avo_link *link, struct pollfd also, uint64_t until_us);

/* The same for those who share one batch and take every completion at once. */

/* Takes in what has come, runs the timers, hands out completions. */
void avo_link_receive(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_link_sink *sink);
/* Send, wait for the network or the timers at most until `until_us`, receive. */
void avo_link_turn(struct avo_link *link, struct avo_udp_batch *batch, const struct avo_link_sink *sink, uint64_t until_us);

/* AES-GCM for the links of one thread, in memory of its own; NULL when there is none. Freed with avo_link_aead_close. */
struct avo_link_aead {
    struct avo_aead *aead;
    void *memory;
};
AVO_MUST_USE bool avo_link_aead_open(struct avo_link_aead *engine);
void avo_link_aead_close(struct avo_link_aead *engine);

#endif
