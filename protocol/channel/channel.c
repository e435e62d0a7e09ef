/* The keys of a channel, and sealing. */
#include "protocol/channel/channel.h"
#include "base/secret.h"
#include "protocol/channel/hkdf.h"
#include <sodium.h>
#include <string.h>

#define LABEL "avocado peer channel v1"
#define INFO_MAX_BYTES 64

static const struct avo_channel_limits default_limits = {AVO_REKEY_PACKETS, AVO_REKEY_BYTES, AVO_PACKETS_PER_KEY_MAX};

void avo_channel_open_keys(struct avo_channel *channel, const struct avo_aead *aead, const struct avo_channel_limits *limits,
                           const uint8_t send[AVO_AEAD_KEY_BYTES], const uint8_t receive[AVO_AEAD_KEY_BYTES]) {
    memset(channel, 0, sizeof *channel);
    channel->aead = aead;
    channel->limits = limits == NULL ? default_limits : *limits;
    channel->send_counter = 1;
    channel->send_acknowledged = true; /* both begin at generation 0 */
    avo_ratchet_begin(&channel->send_ratchet, send);
    avo_aead_key_set(aead, &channel->send_key, channel->send_ratchet.key);
    avo_ratchet_begin(&channel->receive_next, receive);
    memcpy(channel->receive_key_bytes, channel->receive_next.key, sizeof channel->receive_key_bytes);
    avo_aead_key_set(aead, &channel->receive_key, channel->receive_key_bytes);
    avo_ratchet_turn(&channel->receive_next);
}

static void name_write(struct avo_writer *writer, const struct avo_member *member) {
    avo_write_u8(writer, member->slot);
    avo_write_u32(writer, member->incarnation);
}

/* The key of one direction: every pair, direction and worker has its own, and so has every incarnation [DESIGN 7]. */
static void direction_key(uint8_t key[AVO_AEAD_KEY_BYTES], const uint8_t prk[AVO_HKDF_HASH_BYTES], const struct avo_member *sender,
                          const struct avo_member *receiver, uint8_t worker) {
    uint8_t info[INFO_MAX_BYTES];
    struct avo_writer writer = avo_writer(info, sizeof info);
    avo_write_slice(&writer, avo_slice_string(LABEL));
    name_write(&writer, sender);
    name_write(&writer, receiver);
    avo_write_u8(&writer, worker);
    avo_hkdf_expand(key, AVO_AEAD_KEY_BYTES, prk, avo_writer_slice(&writer));
}

enum avo_error avo_channel_open_peer(struct avo_channel *channel, const struct avo_aead *aead,
                                     const struct avo_channel_limits *limits, const struct avo_channel_ends *ends) {
    struct {
        uint8_t shared[crypto_scalarmult_curve25519_BYTES], prk[AVO_HKDF_HASH_BYTES];
        uint8_t send[AVO_AEAD_KEY_BYTES], receive[AVO_AEAD_KEY_BYTES];
    } secret;
    enum avo_error error = AVO_EAUTH;
    if (crypto_scalarmult_curve25519(secret.shared, ends->own_secret, ends->peer->channel_public_key) == 0) {
        avo_hkdf_extract(secret.prk, avo_slice(ends->cluster_id, AVO_CLUSTER_ID_BYTES), AVO_SLICE_OF(secret.shared));
        direction_key(secret.send, secret.prk, ends->own, ends->peer, ends->worker);
        direction_key(secret.receive, secret.prk, ends->peer, ends->own, ends->worker);
        avo_channel_open_keys(channel, aead, limits, secret.send, secret.receive);
        error = AVO_OK;
    }
    avo_secret_wipe(&secret, sizeof secret);
    return error;
}

static bool rekey_due(const struct avo_channel *channel) {
    return channel->sealed_packets >= channel->limits.rekey_packets || channel->sealed_bytes >= channel->limits.rekey_bytes;
}

static void rekey(struct avo_channel *channel) {
    avo_ratchet_turn(&channel->send_ratchet);
    avo_aead_key_set(channel->aead, &channel->send_key, channel->send_ratchet.key);
    channel->send_generation++;
    channel->sealed_packets = 0;
    channel->sealed_bytes = 0;
    channel->withheld_count = 0;
    channel->send_acknowledged = false;
}

/* A peer that is cut off must not use up the key: it could never be told the next one, and both would be mute for good. */
static bool may_seal(struct avo_channel *channel) {
    if (channel->sealed_packets >= channel->limits.packets_max || channel->send_counter > AVO_COUNTER_MAX) {
        return false;
    }
    bool scarce = channel->sealed_packets >= channel->limits.packets_max / 2;
    return !scarce || channel->heard || channel->withheld_count++ % AVO_SILENT_SHARE == 0;
}

enum avo_error avo_channel_seal(struct avo_channel *channel, struct avo_packet_header header, uint8_t *packet, size_t batch_bytes,
                                size_t *packet_bytes) {
    if (channel->send_acknowledged && rekey_due(channel)) {
        rekey(channel);
    }
    if (!may_seal(channel)) {
        return AVO_ELIMIT;
    }
    uint8_t nonce[AVO_NONCE_BYTES];
    header.counter = channel->send_counter++;
    header.generation = (uint16_t)channel->send_generation;
    header.acknowledged = (uint8_t)channel->receive_generation;
    channel->sealed_packets++;
    channel->sealed_bytes += batch_bytes;
    channel->heard = false;
    channel->unanswered_count = 0;
    avo_packet_header_write(packet, &header);
    avo_aead_nonce(nonce, header.counter);
    uint8_t *batch = packet + AVO_PACKET_HEADER_BYTES;
    avo_aead_seal(channel->aead, &channel->send_key, nonce, avo_slice(packet, AVO_PACKET_HEADER_BYTES), batch, batch_bytes,
                  batch + batch_bytes);
    *packet_bytes = AVO_PACKET_HEADER_BYTES + batch_bytes + AVO_TAG_BYTES;
    return AVO_OK;
}

void avo_channel_wipe(struct avo_channel *channel) {
    avo_secret_wipe(channel, sizeof *channel);
}
