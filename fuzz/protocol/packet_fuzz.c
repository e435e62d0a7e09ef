/* The input is a datagram; and it is the batch of a genuine one, of which the attacker changes some bytes before it arrives. */
#include "base/assert.h"
#include "base/random.h"
#include "protocol/channel/channel.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(64) uint8_t memory[1 << 20];
static uint8_t packet[AVO_PACKET_MAX_BYTES], genuine[AVO_PACKET_MAX_BYTES];

static const struct avo_aead *engine(void) {
    static const struct avo_aead *aead;
    if (aead == NULL) {
        struct avo_arena arena = avo_arena(memory, sizeof memory);
        aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    }
    return aead;
}

static enum avo_error open(struct avo_channel *channel, size_t size, struct avo_slice *batch) {
    struct avo_packet_header header;
    enum avo_error error = avo_packet_header_read(avo_slice(packet, size), &header);
    if (error != AVO_OK) {
        return error;
    }
    uint8_t again[AVO_PACKET_HEADER_BYTES];
    avo_packet_header_write(again, &header);
    AVO_ASSERT(memcmp(again, packet, sizeof again) == 0);
    return avo_channel_open(channel, &header, packet, size, batch);
}

/* Seals what is left of the input and changes up to four bytes of the packet: it opens only if none really changed. */
static void tamper(struct avo_channel *channel, struct avo_reader *input) {
    struct {
        uint16_t at;
        uint8_t flip;
    } changes[4];
    struct avo_slice batch;
    size_t bytes;
    for (size_t i = 0; i < 4; i++) {
        changes[i].at = avo_read_u16(input);
        changes[i].flip = avo_read_u8(input);
    }
    if (input->failed || input->left > sizeof packet - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES) {
        return;
    }
    struct avo_slice plain = avo_read_slice(input, input->left);
    memcpy(packet + AVO_PACKET_HEADER_BYTES, plain.data, plain.length);
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER, .destination = 1};
    AVO_ASSERT(avo_channel_seal(channel, header, packet, plain.length, &bytes) == AVO_OK);
    memcpy(genuine, packet, bytes);
    for (size_t i = 0; i < 4; i++) {
        packet[changes[i].at % bytes] ^= changes[i].flip;
    }
    bool same = memcmp(genuine, packet, bytes) == 0;
    const struct avo_channel before = *channel;
    AVO_ASSERT((open(channel, bytes, &batch) == AVO_OK) == same);
    AVO_ASSERT(same || memcmp(&before, channel, sizeof before) == 0);
    AVO_ASSERT(!same || avo_slice_equal(batch, plain));
    memcpy(packet, genuine, bytes);
    AVO_ASSERT(open(channel, bytes, &batch) == (same ? AVO_EREPLAY : AVO_OK));
}

/* A key of the input's own, lest the fuzzer learn a tag from our comparison and forge the next packet with it (it did). */
static void choose_key(uint8_t key[AVO_AEAD_KEY_BYTES], const uint8_t *data, size_t size) {
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ data[i]) * 0x100000001b3;
    }
    struct avo_prng prng = avo_prng(hash);
    avo_random_fill(&prng.random, key, AVO_AEAD_KEY_BYTES);
}

/* A key a packet: turns the channel's keys up to three times, in both directions. */
static void turn(struct avo_channel *channel, uint32_t turns) {
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER, .destination = 1};
    struct avo_slice batch;
    size_t bytes;
    for (uint32_t i = 0; i < turns; i++) {
        AVO_ASSERT(avo_channel_seal(channel, header, packet, 0, &bytes) == AVO_OK);
        AVO_ASSERT(open(channel, bytes, &batch) == AVO_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct avo_channel_limits limits = {1, 1 << 20, 1 << 20};
    uint8_t key[AVO_AEAD_KEY_BYTES];
    static struct avo_channel channel; /* talks to itself: both directions have one key */
    struct avo_slice batch;
    if (size > sizeof packet) {
        return 0;
    }
    choose_key(key, data, size);
    avo_channel_open_keys(&channel, engine(), &limits, key, key);
    turn(&channel, key[0] % 4);
    const struct avo_channel before = channel;
    if (size > 0) {
        memcpy(packet, data, size);
    }
    AVO_ASSERT(open(&channel, size, &batch) != AVO_OK);
    AVO_ASSERT(memcmp(&before, &channel, sizeof before) == 0);
    struct avo_reader input = avo_reader(avo_slice(data, size));
    tamper(&channel, &input);
    return 0;
}
