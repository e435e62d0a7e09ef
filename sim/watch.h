/* The eye on what must never happen: a nonce used twice under a key, a packet accepted twice, a plaintext outside an enclave.
 *
 * Nonces are seen where they are used: the simulator is linked so that every call of avo_aead_seal (packets, values, handshakes),
 * avo_channel_seal and avo_channel_open passes through watch_seal.c first. That is why the watch in charge is one for the process.
 */
#ifndef AVO_SIM_WATCH_H
#define AVO_SIM_WATCH_H

#include "protocol/channel/channel.h"
#include "sim/rare.h"
#include "sim/report.h"

#define AVO_CANARY_BYTES 16

/* A set of 128-bit fingerprints. */
struct avo_prints {
    uint64_t (*table)[2];
    uint32_t count;
    uint32_t capacity;
};

struct avo_network;
struct avo_agreed; /* watch_agree.c */

struct avo_watch {
    struct avo_report *report;
    const struct avo_network *network; /* whether it is parted; NULL: never */
    uint8_t canary[AVO_CANARY_BYTES];  /* in every key and every value of the run */
    struct avo_prints sealed;          /* (key, nonce) of every seal */
    struct avo_prints opened;          /* every packet that a channel accepted: its header and tag */
    struct avo_prints reached;         /* every key under which one was accepted */
    struct avo_agreed *agreed;         /* what pairs of keys agree on */
    uint32_t agreed_count;
    struct avo_rare rare;
};

/* Puts `watch` in charge; NULL: none. */
void avo_watch_install(struct avo_watch *watch);
struct avo_watch *avo_watch_in_charge(void);
void avo_watch_destroy(struct avo_watch *watch);
/* [B2, DESIGN 7] A seal under the expanded key with this nonce. */
void avo_watch_on_seal(struct avo_watch *watch, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES]);
/* A channel accepted the packet whose header and tag these are. */
void avo_watch_on_accept(struct avo_watch *watch, const uint8_t header[AVO_PACKET_HEADER_BYTES], const uint8_t tag[AVO_TAG_BYTES]);
/* [DESIGN 7] A channel, as it was, sealed a packet of `kind` and is now `after`: it may have replaced its key, but only one that
 * the other end had reached. */
void avo_watch_on_channel_seal(struct avo_watch *watch, const struct avo_channel *before, const struct avo_channel *after,
                               enum avo_packet_kind kind);
/* A channel, as it was, was given a packet: it may have replaced its key only if the packet opened. */
void avo_watch_on_channel_open(struct avo_watch *watch, const struct avo_channel *before, const struct avo_channel *after,
                               const struct avo_packet_header *header, enum avo_error error);
/* The set of fingerprints: of 32 bytes and a name of up to 16. */
void avo_print_make(uint64_t print[2], const uint8_t bytes[32], struct avo_slice name);
/* False when it was there. */
bool avo_prints_add(struct avo_prints *prints, const uint64_t print[2]);
bool avo_prints_has(const struct avo_prints *prints, const uint64_t print[2]);
/* Looks for the canary in bytes that the attacker sees; `where` names them. */
void avo_watch_scan(struct avo_watch *watch, struct avo_slice bytes, const char *where);

#endif
