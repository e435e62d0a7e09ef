/* A data channel: one direction pair of keys, a counter that is never reused, a replay window [DESIGN 7].
 *
 * The sender builds a batch in a packet buffer behind the header's room and seals in place; the receiver opens its own copy of
 * the packet in place [B2]. The header is the AAD. Nonce = counter. Rekeying is a later issue: `generation` is 0, its place is
 * kept.
 */
#ifndef AVO_CHANNEL_H
#define AVO_CHANNEL_H

#include "protocol/channel/aead.h"
#include "protocol/channel/packet.h"
#include "protocol/channel/replay.h"
#include "protocol/view/view.h"

struct avo_channel {
    const struct avo_aead *aead;
    struct avo_aead_key send_key;
    struct avo_aead_key receive_key;
    uint64_t send_counter; /* the next to use; starts at 1 */
    struct avo_replay replay;
};

/* Keys of a client session, from its handshake. `keys` may be wiped afterwards. */
void avo_channel_open_keys(struct avo_channel *channel, const struct avo_aead *aead, const uint8_t send[AVO_AEAD_KEY_BYTES],
                           const uint8_t receive[AVO_AEAD_KEY_BYTES]);

/* Keys between two members of a view: HKDF-SHA256(X25519(own secret, peer public), cluster id, (slot, incarnation) of sender then
 * of receiver, worker), one a direction. AVO_EAUTH when the peer's public key is a low-order point. */
AVO_MUST_USE enum avo_error avo_channel_open_peer(struct avo_channel *channel, const struct avo_aead *aead,
                                                  const uint8_t own_secret[AVO_SECRET_KEY_BYTES],
                                                  const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES], const struct avo_member *own,
                                                  const struct avo_member *peer, uint8_t worker);

/* Seals the batch of `batch_bytes` that stands at packet + AVO_PACKET_HEADER_BYTES; writes header (with the next counter) and tag.
 * *packet_bytes = header + batch + tag. AVO_ELIMIT when the key has sealed AVO_PACKETS_PER_KEY_MAX packets. */
AVO_MUST_USE enum avo_error avo_channel_seal(struct avo_channel *channel, struct avo_packet_header header, uint8_t *packet,
                                             size_t batch_bytes, size_t *packet_bytes);

/* Opens a packet in place, whose header was read by avo_packet_header_read from the same private copy. On AVO_OK `batch` is the
 * plaintext, inside the packet. AVO_EFORMAT: shorter than header and tag; AVO_EREPLAY: counter seen or too old (checked again after
 * the tag); AVO_EAUTH: the tag. The window changes only after the tag verified. */
AVO_MUST_USE enum avo_error avo_channel_open(struct avo_channel *channel, const struct avo_packet_header *header, uint8_t *packet,
                                             size_t packet_bytes, struct avo_slice *batch);

void avo_channel_wipe(struct avo_channel *channel);

#endif
