/* Linked with -Wl,--wrap: calls from the production archives to these functions come here first. */
#include "sim/watch.h"

/* The one mutable global of the simulator: a wrapped function has no other way to find its run. */
static struct avo_watch *watch_in_charge;

void avo_watch_install(struct avo_watch *watch) {
    watch_in_charge = watch;
}

struct avo_watch *avo_watch_in_charge(void) {
    return watch_in_charge;
}

/* Names that the linker makes. NOLINTBEGIN */
void __real_avo_aead_seal(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t *nonce, struct avo_slice aad,
                          uint8_t *data, size_t length, uint8_t *tag);
void __wrap_avo_aead_seal(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t *nonce, struct avo_slice aad,
                          uint8_t *data, size_t length, uint8_t *tag);
enum avo_error __real_avo_channel_seal(struct avo_channel *channel, struct avo_packet_header header, uint8_t *packet,
                                       size_t batch_bytes, size_t *packet_bytes);
enum avo_error __wrap_avo_channel_seal(struct avo_channel *channel, struct avo_packet_header header, uint8_t *packet,
                                       size_t batch_bytes, size_t *packet_bytes);
enum avo_error __real_avo_channel_open(struct avo_channel *channel, const struct avo_packet_header *header, uint8_t *packet,
                                       size_t packet_bytes, struct avo_slice *batch);
enum avo_error __wrap_avo_channel_open(struct avo_channel *channel, const struct avo_packet_header *header, uint8_t *packet,
                                       size_t packet_bytes, struct avo_slice *batch);

void __wrap_avo_aead_seal(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t *nonce, struct avo_slice aad,
                          uint8_t *data, size_t length, uint8_t *tag) {
    if (watch_in_charge != NULL) {
        avo_watch_on_seal(watch_in_charge, key, nonce);
    }
    __real_avo_aead_seal(aead, key, nonce, aad, data, length, tag);
}

enum avo_error __wrap_avo_channel_seal(struct avo_channel *channel, struct avo_packet_header header, uint8_t *packet,
                                       size_t batch_bytes, size_t *packet_bytes) {
    const struct avo_channel before = *channel;
    enum avo_error error = __real_avo_channel_seal(channel, header, packet, batch_bytes, packet_bytes);
    if (watch_in_charge != NULL && error == AVO_OK) {
        avo_watch_on_channel_seal(watch_in_charge, &before, channel, header.kind);
    }
    return error;
}

enum avo_error __wrap_avo_channel_open(struct avo_channel *channel, const struct avo_packet_header *header, uint8_t *packet,
                                       size_t packet_bytes, struct avo_slice *batch) {
    const struct avo_channel before = *channel;
    enum avo_error error = __real_avo_channel_open(channel, header, packet, packet_bytes, batch);
    if (watch_in_charge != NULL) {
        avo_watch_on_channel_open(watch_in_charge, &before, channel, header, error);
    }
    if (watch_in_charge != NULL && error == AVO_OK) {
        avo_watch_on_accept(watch_in_charge, packet, packet + packet_bytes - AVO_TAG_BYTES);
    }
    return error;
}
/* NOLINTEND */
