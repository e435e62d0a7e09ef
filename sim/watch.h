/* The eye on what must never happen: a nonce used twice under a key, a packet accepted twice, a plaintext outside an enclave.
 *
 * Nonces are seen where they are used: the simulator is linked so that every call of avo_aead_seal (packets, values, handshakes)
 * and of avo_channel_open passes through watch_seal.c first. That is why the watch in charge is one for the whole process.
 */
#ifndef AVO_SIM_WATCH_H
#define AVO_SIM_WATCH_H

#include "protocol/channel/channel.h"
#include "sim/report.h"

#define AVO_CANARY_BYTES 16

/* A set of 128-bit fingerprints. */
struct avo_prints {
    uint64_t (*table)[2];
    uint32_t count;
    uint32_t capacity;
};

struct avo_watch {
    struct avo_report *report;
    uint8_t canary[AVO_CANARY_BYTES]; /* in every key and every value of the run */
    struct avo_prints sealed;         /* (key, nonce) of every seal */
    struct avo_prints opened;         /* (key, counter) of every packet that a channel accepted */
};

/* Puts `watch` in charge; NULL: none. */
void avo_watch_install(struct avo_watch *watch);
void avo_watch_destroy(struct avo_watch *watch);
/* [B2, DESIGN 7] A seal under the expanded key with this nonce. */
void avo_watch_on_seal(struct avo_watch *watch, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES]);
/* A channel accepted a packet. */
void avo_watch_on_accept(struct avo_watch *watch, const struct avo_channel *channel, uint64_t counter);
/* Looks for the canary in bytes that the attacker sees; `where` names them. */
void avo_watch_scan(struct avo_watch *watch, struct avo_slice bytes, const char *where);

#endif
