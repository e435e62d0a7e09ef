#include "protocol/channel/channel.h"
#include "base/secret.h"
#include "protocol/channel/hkdf.h"
#include <sodium.h>
#include <string.h>

#define LABEL "avocado peer channel v1"
#define INFO_MAX_BYTES 64

void avo_channel_open_keys(struct avo_channel *channel, const struct avo_aead *aead, const uint8_t send[AVO_AEAD_KEY_BYTES],
                           const uint8_t receive[AVO_AEAD_KEY_BYTES]) {
    channel->aead = aead;
    channel->send_counter = 1;
    memset(&channel->replay, 0, sizeof channel->replay);
    avo_aead_key_set(aead, &channel->send_key, send);
    avo_aead_key_set(aead, &channel->receive_key, receive);
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
                                     const uint8_t own_secret[AVO_SECRET_KEY_BYTES], const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                     const struct avo_member *own, const struct avo_member *peer, uint8_t worker) {
    struct {
        uint8_t shared[crypto_scalarmult_curve25519_BYTES], prk[AVO_HKDF_HASH_BYTES];
        uint8_t send[AVO_AEAD_KEY_BYTES], receive[AVO_AEAD_KEY_BYTES];
    } secret;
    enum avo_error error = AVO_EAUTH;
    if (crypto_scalarmult_curve25519(secret.shared, own_secret, peer->channel_public_key) == 0) {
        avo_hkdf_extract(secret.prk, avo_slice(cluster_id, AVO_CLUSTER_ID_BYTES), AVO_SLICE_OF(secret.shared));
        direction_key(secret.send, secret.prk, own, peer, worker);
        direction_key(secret.receive, secret.prk, peer, own, worker);
        avo_channel_open_keys(channel, aead, secret.send, secret.receive);
        error = AVO_OK;
    }
    avo_secret_wipe(&secret, sizeof secret);
    return error;
}

enum avo_error avo_channel_seal(struct avo_channel *channel, struct avo_packet_header header, uint8_t *packet, size_t batch_bytes,
                                size_t *packet_bytes) {
    if (channel->send_counter > AVO_PACKETS_PER_KEY_MAX) {
        return AVO_ELIMIT;
    }
    uint8_t nonce[AVO_NONCE_BYTES];
    header.counter = channel->send_counter++;
    avo_packet_header_write(packet, &header);
    avo_aead_nonce(nonce, header.counter);
    uint8_t *batch = packet + AVO_PACKET_HEADER_BYTES;
    avo_aead_seal(channel->aead, &channel->send_key, nonce, avo_slice(packet, AVO_PACKET_HEADER_BYTES), batch, batch_bytes,
                  batch + batch_bytes);
    *packet_bytes = AVO_PACKET_HEADER_BYTES + batch_bytes + AVO_TAG_BYTES;
    return AVO_OK;
}

enum avo_error avo_channel_open(struct avo_channel *channel, const struct avo_packet_header *header, uint8_t *packet,
                                size_t packet_bytes, struct avo_slice *batch) {
    if (packet_bytes < AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES) {
        return AVO_EFORMAT;
    }
    if (header->counter > AVO_PACKETS_PER_KEY_MAX || !avo_replay_fresh(&channel->replay, header->counter)) {
        return AVO_EREPLAY; /* no sender seals so many under one key */
    }
    uint8_t nonce[AVO_NONCE_BYTES];
    avo_aead_nonce(nonce, header->counter);
    uint8_t *data = packet + AVO_PACKET_HEADER_BYTES;
    size_t length = packet_bytes - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES;
    enum avo_error error = avo_aead_open(channel->aead, &channel->receive_key, nonce, avo_slice(packet, AVO_PACKET_HEADER_BYTES),
                                         data, length, data + length);
    if (error != AVO_OK) {
        return error;
    }
    if (!avo_replay_fresh(&channel->replay, header->counter)) {
        return AVO_EREPLAY;
    }
    avo_replay_accept(&channel->replay, header->counter);
    *batch = avo_slice(data, length);
    return AVO_OK;
}

void avo_channel_wipe(struct avo_channel *channel) {
    avo_secret_wipe(channel, sizeof *channel);
}
