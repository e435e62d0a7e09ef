/* A data channel: keys for two directions, a counter that is never reused, a replay window, generations of keys [DESIGN 7].
 *
 * The sender builds a batch in a packet buffer behind the header's room and seals in place; the receiver opens its own copy of
 * the packet in place [B2]. The header is the AAD. Nonce = counter, which goes on over all generations, so that one replay window
 * serves them all and no packet is accepted twice, whichever its key.
 *
 * Rekeying: after rekey_packets or rekey_bytes under one key the sender turns its ratchet, but only once the peer has shown, in the
 * header of an authentic packet, that it opened one of the present generation: it never runs two ahead. The receiver tries the next
 * key on a packet that names it and keeps it only when the tag verified. The key before the present one still opens what was
 * delayed, until no such packet can be fresh any more, the next turn, or avo_channel_age.
 */
#ifndef AVO_CHANNEL_H
#define AVO_CHANNEL_H

#include "protocol/channel/aead.h"
#include "protocol/channel/packet.h"
#include "protocol/channel/ratchet.h"
#include "protocol/channel/replay.h"
#include "protocol/view/view.h"

/* How much one key seals. Own decisions of each side: the peer need not know them. */
struct avo_channel_limits {
    uint64_t rekey_packets; /* the next generation is due after so many packets ... */
    uint64_t rekey_bytes;   /* ... or so many bytes of batches under one key */
    uint64_t packets_max;   /* nothing is sealed beyond, whatever the peer acknowledged: AVO_ELIMIT */
};

/* Every so many-th packet is still sealed for a peer that is silent after half of packets_max: enough to be found again after any
 * partition, and the other half then outlasts it. */
#define AVO_SILENT_SHARE 1024

struct avo_channel {
    const struct avo_aead *aead;
    struct avo_channel_limits limits;

    struct avo_aead_key send_key;
    struct avo_ratchet send_ratchet;
    uint64_t send_generation;
    uint64_t send_counter;   /* the next to use; starts at 1 */
    uint64_t sealed_packets; /* under this key */
    uint64_t sealed_bytes;
    uint64_t withheld_count;
    bool send_acknowledged; /* the peer opened a packet of this generation */

    struct avo_aead_key receive_key;
    uint8_t receive_key_bytes[AVO_AEAD_KEY_BYTES];  /* of the present generation: `previous` to be */
    uint8_t previous_key_bytes[AVO_AEAD_KEY_BYTES]; /* when `previous` */
    struct avo_ratchet receive_next;                /* of the generation after the present one */
    uint64_t receive_generation;
    uint64_t adopted_counter; /* of the packet that brought the present generation: earlier ones have lower counters */
    bool previous;            /* the key before the present one still opens packets */
    bool previous_aged;
    bool heard;                /* a packet opened since the last seal */
    uint64_t unanswered_count; /* packets with messages that opened since the last seal */
    struct avo_replay replay;
};

/* Keys of a client session, from its handshake. `send` and `receive` may be wiped afterwards. `limits` is copied; NULL: the limits
 * of base/limits.h. */
void avo_channel_open_keys(struct avo_channel *channel, const struct avo_aead *aead, const struct avo_channel_limits *limits,
                           const uint8_t send[AVO_AEAD_KEY_BYTES], const uint8_t receive[AVO_AEAD_KEY_BYTES]);

/* Whose channel it is: what its keys are made of. */
struct avo_channel_ends {
    const uint8_t *own_secret; /* AVO_SECRET_KEY_BYTES */
    const uint8_t *cluster_id; /* AVO_CLUSTER_ID_BYTES */
    const struct avo_member *own;
    const struct avo_member *peer;
    uint8_t worker;
};

/* Keys between two members of a view: HKDF-SHA256(X25519(own secret, peer public), cluster id, (slot, incarnation) of sender then
 * of receiver, worker), one a direction. `limits` as above. AVO_EAUTH when the peer's public key is a low-order point. */
AVO_MUST_USE enum avo_error avo_channel_open_peer(struct avo_channel *channel, const struct avo_aead *aead,
                                                  const struct avo_channel_limits *limits, const struct avo_channel_ends *ends);

/* Seals the batch of `batch_bytes` that stands at packet + AVO_PACKET_HEADER_BYTES; writes header (with the next counter, the
 * generation and what this side acknowledges) and tag. *packet_bytes = header + batch + tag. AVO_ELIMIT, and nothing changed that
 * was sealed: the key has sealed packets_max packets, or more than half of them and the peer is silent (see AVO_SILENT_SHARE). */
AVO_MUST_USE enum avo_error avo_channel_seal(struct avo_channel *channel, struct avo_packet_header header, uint8_t *packet,
                                             size_t batch_bytes, size_t *packet_bytes);

/* Opens a packet in place, whose header was read by avo_packet_header_read from the same private copy. On AVO_OK `batch` is the
 * plaintext, inside the packet; it may be empty (a mere acknowledgement). AVO_EFORMAT: shorter than header and tag; AVO_EREPLAY:
 * counter seen or too old (checked again after the tag); AVO_ESTALE: of a generation whose key this side does not hold; AVO_EAUTH:
 * the tag. Window and keys change only after the tag verified. */
AVO_MUST_USE enum avo_error avo_channel_open(struct avo_channel *channel, const struct avo_packet_header *header, uint8_t *packet,
                                             size_t packet_bytes, struct avo_slice *batch);

/* Before it is opened: whether it left after every packet that was opened so far. */
bool avo_channel_is_newest(const struct avo_channel *channel, const struct avo_packet_header *header);

/* True when the peer has sent so much without an answer that it may lack the acknowledgement of its generation: seal something now,
 * be it an empty batch. */
bool avo_channel_ack_due(const struct avo_channel *channel);

/* To be called every AVO_CHANNEL_AGE_US or so: the key of the generation before is wiped at the second call after it was replaced.
 */
void avo_channel_age(struct avo_channel *channel);
/* Nothing is awaited on the channel now: that key is wiped at once. What was delayed under it stays unopened. */
void avo_channel_rest(struct avo_channel *channel);

void avo_channel_wipe(struct avo_channel *channel);

#endif
