/* Opening packets, and following the sender from one generation of keys to the next. */
#include "base/assert.h"
#include "base/secret.h"
#include "protocol/channel/channel.h"
#include <string.h>

/* A key every so many unanswered packets: several times in the life of a key, even if some of the answers are lost. */
#define ACKS_PER_KEY 8

/* What a packet's generation is to this side. */
enum place { PLACE_PRESENT, PLACE_NEXT, PLACE_PREVIOUS, PLACE_NONE };

/* The counter goes on over generations, so it says what a genuine packet's generation can be; the rest costs no tag. */
static enum place place_of(const struct avo_channel *channel, const struct avo_packet_header *header) {
    uint16_t ahead = (uint16_t)(header->generation - (uint16_t)channel->receive_generation);
    if (ahead == 0) {
        return PLACE_PRESENT;
    }
    if (ahead == 1 && header->counter > channel->replay.highest) {
        return PLACE_NEXT;
    }
    return ahead == UINT16_MAX && channel->previous && header->counter < channel->adopted_counter ? PLACE_PREVIOUS : PLACE_NONE;
}

struct sealed {
    uint8_t *packet;
    uint8_t *data;
    size_t length;
    uint8_t nonce[AVO_NONCE_BYTES];
};

static enum avo_error open_under(const struct avo_channel *channel, const struct avo_aead_key *key, const struct sealed *sealed) {
    return avo_aead_open(channel->aead, key, sealed->nonce, avo_slice(sealed->packet, AVO_PACKET_HEADER_BYTES), sealed->data,
                         sealed->length, sealed->data + sealed->length);
}

/* Rare: the keys beside the present one are not kept expanded. */
static enum avo_error open_beside(const struct avo_channel *channel, const uint8_t *key_bytes, const struct sealed *sealed) {
    struct avo_aead_key key;
    avo_aead_key_set(channel->aead, &key, key_bytes);
    enum avo_error error = open_under(channel, &key, sealed);
    avo_secret_wipe(&key, sizeof key);
    return error;
}

static enum avo_error open_at(const struct avo_channel *channel, enum place place, const struct sealed *sealed) {
    switch (place) {
    case PLACE_PRESENT:
        return open_under(channel, &channel->receive_key, sealed);
    case PLACE_NEXT:
        return open_beside(channel, channel->receive_next.key, sealed);
    case PLACE_PREVIOUS:
        return open_beside(channel, channel->previous_key_bytes, sealed);
    case PLACE_NONE:
        break;
    }
    return AVO_ESTALE;
}

static void previous_wipe(struct avo_channel *channel) {
    avo_secret_wipe(channel->previous_key_bytes, sizeof channel->previous_key_bytes);
    channel->previous = false;
}

/* Only ever after a tag verified under the next key. */
static void adopt_next(struct avo_channel *channel, uint64_t counter) {
    memcpy(channel->previous_key_bytes, channel->receive_key_bytes, sizeof channel->previous_key_bytes);
    memcpy(channel->receive_key_bytes, channel->receive_next.key, sizeof channel->receive_key_bytes);
    avo_aead_key_set(channel->aead, &channel->receive_key, channel->receive_key_bytes);
    avo_ratchet_turn(&channel->receive_next);
    channel->receive_generation++;
    channel->adopted_counter = counter;
    channel->previous = true;
    channel->previous_aged = false;
}

bool avo_channel_is_newest(const struct avo_channel *channel, const struct avo_packet_header *header) {
    return header->counter > channel->replay.highest;
}

/* What an authentic packet tells beside its batch. A packet that others overtook says what was true when it left: only the newest
 * may acknowledge, so eight bits of the generation are enough. */
static void learn(struct avo_channel *channel, const struct avo_packet_header *header, bool newest, bool empty) {
    if (newest && header->acknowledged == (uint8_t)channel->send_generation) {
        channel->send_acknowledged = true;
    }
    channel->heard = true;
    channel->unanswered_count += !empty;
    if (channel->previous && channel->replay.highest - channel->adopted_counter >= AVO_REPLAY_WINDOW_PACKETS) {
        previous_wipe(channel); /* whatever it opened would be a replay by now */
    }
}

enum avo_error avo_channel_open(struct avo_channel *channel, const struct avo_packet_header *header, uint8_t *packet,
                                size_t packet_bytes, struct avo_slice *batch) {
    if (packet_bytes < AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES) {
        return AVO_EFORMAT;
    }
    if (header->counter > AVO_COUNTER_MAX || !avo_replay_fresh(&channel->replay, header->counter)) {
        return AVO_EREPLAY;
    }
    struct sealed sealed = {
        .packet = packet,
        .data = packet + AVO_PACKET_HEADER_BYTES,
        .length = packet_bytes - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES,
    };
    avo_aead_nonce(sealed.nonce, header->counter);
    enum place place = place_of(channel, header);
    enum avo_error error = open_at(channel, place, &sealed);
    if (error != AVO_OK) {
        return error;
    }
    if (!avo_replay_fresh(&channel->replay, header->counter)) {
        return AVO_EREPLAY;
    }
    if (place == PLACE_NEXT) {
        adopt_next(channel, header->counter);
    }
    bool newest = avo_channel_is_newest(channel, header);
    avo_replay_accept(&channel->replay, header->counter);
    learn(channel, header, newest, sealed.length == 0);
    *batch = avo_slice(sealed.data, sealed.length);
    return AVO_OK;
}

bool avo_channel_ack_due(const struct avo_channel *channel) {
    return channel->unanswered_count > channel->limits.rekey_packets / ACKS_PER_KEY;
}

void avo_channel_rest(struct avo_channel *channel) {
    if (channel->previous) {
        previous_wipe(channel);
    }
}

void avo_channel_age(struct avo_channel *channel) {
    if (channel->previous_aged) {
        avo_channel_rest(channel);
    }
    channel->previous_aged = channel->previous;
}
