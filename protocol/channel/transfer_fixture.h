/* For tests: transfers of a few small blobs and one large one, fed by senders that the test makes up. Included by one file a test.
 */
#ifndef AVO_CHANNEL_TRANSFER_FIXTURE_H
#define AVO_CHANNEL_TRANSFER_FIXTURE_H

#include "base/limits.h"
#include "protocol/channel/transfer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define SEGMENT_BYTES 1000
#define GREEDY 1001 /* users */
#define MODEST 1002
#define NOBODY UINT32_MAX

static _Alignas(64) uint8_t memory[8 << 20];
static uint8_t bytes[SEGMENT_BYTES];

static inline struct avo_transfers *transfers_make_before(struct avo_blobs *outgoing, struct avo_blobs *incoming,
                                                          const struct avo_blobs *behind) {
    static const struct avo_blobs_config blobs = {{2, 2, 1}, {4096, 65536, AVO_MESSAGE_MAX_BYTES}};
    avo_arena_end(memory, sizeof memory);
    memset(memory, 0, sizeof memory);
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    assert_true(avo_blobs_create(outgoing, &arena, &blobs) && avo_blobs_create(incoming, &arena, &blobs));
    struct avo_transfers_config config = {.outgoing_max_count = 4,
                                          .incoming_max_count = 4,
                                          .outgoing_blobs = outgoing,
                                          .incoming_blobs = incoming,
                                          .user_blobs = behind};
    struct avo_transfers *transfers = avo_transfers_create(&arena, &config);
    assert_non_null(transfers);
    return transfers;
}

static inline struct avo_transfers *transfers_make(struct avo_blobs *outgoing, struct avo_blobs *incoming) {
    return transfers_make_before(outgoing, incoming, NULL);
}

/* Of a message of `total` bytes. */
static inline enum avo_error feed_part(struct avo_transfers *transfers, uint32_t channel, uint64_t user, uint32_t total,
                                       uint32_t offset, uint64_t now_us) {
    size_t length = total - offset < SEGMENT_BYTES ? total - offset : SEGMENT_BYTES;
    struct avo_segment segment = {1, total, offset, avo_slice(bytes, length), SEGMENT_BYTES};
    struct avo_message message;
    bool complete;
    return avo_transfers_on_segment(transfers, channel, user, &segment, now_us, &complete, &message);
}

/* The channel whose transfer is asked for next, those told to wait aside. */
static inline uint32_t asked(struct avo_transfers *transfers) {
    uint32_t channel;
    struct avo_message message;
    while (avo_transfers_next(transfers, &channel, &message)) {
        if (message.type == AVO_MESSAGE_PULL && message.pull.missing != 0) {
            return channel;
        }
    }
    return NOBODY;
}

static inline bool is_asked(struct avo_transfers *transfers, uint32_t channel) {
    bool found = false;
    for (uint32_t next = asked(transfers); next != NOBODY; next = asked(transfers)) {
        found |= next == channel;
    }
    return found;
}

static inline void asked_all(struct avo_transfers *transfers) {
    (void)is_asked(transfers, NOBODY);
}

#endif
