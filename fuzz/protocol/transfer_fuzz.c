/* One end of transfers, whose peer and whose network are the input: segments, pulls, time and closings of its choice. */
#include "base/assert.h"
#include "base/limits.h"
#include "protocol/channel/transfer.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEGMENT 512
#define SLOTS 3

static _Alignas(64) uint8_t memory[1 << 16];
static uint8_t contents[4096];

struct fuzz {
    struct avo_reader input;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers;
    uint64_t now_us;
};

static void setup(struct fuzz *fuzz) {
    const struct avo_blobs_config config = {{2, 1, 1}, {64, 1024, 8192}};
    avo_arena_end(memory, sizeof memory);
    memset(memory, 0, sizeof memory);
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    AVO_ASSERT(avo_blobs_create(&fuzz->outgoing, &arena, &config) && avo_blobs_create(&fuzz->incoming, &arena, &config));
    const struct avo_transfers_config shape = {.outgoing_max_count = SLOTS,
                                               .incoming_max_count = SLOTS,
                                               .outgoing_blobs = &fuzz->outgoing,
                                               .incoming_blobs = &fuzz->incoming,
                                               .user_blobs = &fuzz->outgoing};
    fuzz->transfers = avo_transfers_create(&arena, &shape);
    AVO_ASSERT(fuzz->transfers != NULL);
}

/* A complete message is well-formed: it encodes again. */
static void check(const struct avo_message *message) {
    static uint8_t again[AVO_MESSAGE_MAX_BYTES];
    struct avo_writer writer = avo_writer(again, sizeof again);
    AVO_ASSERT(message->type != AVO_MESSAGE_SEGMENT && message->type != AVO_MESSAGE_PULL);
    avo_message_write(&writer, message);
    AVO_ASSERT(!writer.failed && writer.length == avo_message_bytes(message));
}

static void segment(struct fuzz *fuzz) {
    struct avo_message message;
    bool complete;
    struct avo_segment segment = {.transfer = avo_read_u8(&fuzz->input) % 8};
    uint32_t channel = avo_read_u8(&fuzz->input) % 2;
    segment.total_bytes = avo_read_u16(&fuzz->input);
    segment.offset = avo_read_u8(&fuzz->input) * SEGMENT + avo_read_u8(&fuzz->input) / 255;
    size_t length = segment.total_bytes > segment.offset ? segment.total_bytes - segment.offset : 0;
    length = length < SEGMENT ? length : SEGMENT;
    segment.segment_bytes = SEGMENT;
    segment.bytes = avo_slice(contents, length);
    struct avo_slice head = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input));
    memset(contents, 0, sizeof contents);
    avo_copy(contents, sizeof contents, head);
    if (avo_transfers_on_segment(fuzz->transfers, channel, channel, &segment, fuzz->now_us, &complete, &message) == AVO_OK &&
        complete) {
        check(&message);
    }
}

static void pull(struct fuzz *fuzz) {
    struct avo_pull pull = {.transfer = avo_read_u8(&fuzz->input) % 8};
    uint32_t channel = avo_read_u8(&fuzz->input) % 2;
    pull.offset = avo_read_u8(&fuzz->input) * SEGMENT + avo_read_u8(&fuzz->input) / 255;
    pull.missing = avo_read_u64(&fuzz->input);
    pull.offset = pull.offset == UINT8_MAX * SEGMENT ? AVO_PULL_WAIT : pull.offset;
    avo_transfers_on_pull(fuzz->transfers, channel, &pull, fuzz->now_us);
}

static void send(struct fuzz *fuzz) {
    struct avo_message message = {.type = AVO_MESSAGE_REPLY};
    uint64_t key = avo_read_u8(&fuzz->input) % 4;
    message.reply = (struct avo_reply){key, AVO_OK, 1, 1, 1, avo_slice(contents, avo_read_u16(&fuzz->input) % sizeof contents)};
    enum avo_error error = avo_transfers_send(fuzz->transfers, key % 2, key, &message,
                                              avo_read_u8(&fuzz->input) < 128 ? SEGMENT : 2 * SEGMENT, fuzz->now_us);
    AVO_ASSERT(error == AVO_OK || error == AVO_EBUSY);
}

static void next(struct fuzz *fuzz) {
    struct avo_message message;
    uint32_t channel;
    if (avo_transfers_next(fuzz->transfers, &channel, &message)) {
        AVO_ASSERT(channel < 2);
        AVO_ASSERT(message.type == AVO_MESSAGE_PULL || message.type == AVO_MESSAGE_SEGMENT);
        AVO_ASSERT(message.type == AVO_MESSAGE_PULL ||
                   message.segment.offset + message.segment.bytes.length <= message.segment.total_bytes);
    }
}

static void step(struct fuzz *fuzz) {
    switch (avo_read_u8(&fuzz->input) % 8) {
    case 0:
    case 1:
        segment(fuzz);
        break;
    case 2:
        pull(fuzz);
        break;
    case 3:
        send(fuzz);
        break;
    case 4:
        fuzz->now_us += (uint64_t)avo_read_u8(&fuzz->input) * 10000;
        avo_transfers_tick(fuzz->transfers, fuzz->now_us);
        break;
    case 5:
        next(fuzz);
        break;
    case 6:
        avo_transfers_recut(fuzz->transfers, avo_read_u8(&fuzz->input) % 2, SEGMENT, fuzz->now_us);
        break;
    default:
        avo_transfers_close(fuzz->transfers, avo_read_u8(&fuzz->input) % 2);
    }
}

/* When all idled, nothing is taken, and nothing is left to say but that what was asked for is gone. */
static void check_end(struct fuzz *fuzz) {
    struct avo_message message;
    uint32_t channel;
    avo_transfers_tick(fuzz->transfers, fuzz->now_us + AVO_TRANSFER_IDLE_US);
    for (int i = 0; i < AVO_BLOB_CLASS_COUNT; i++) {
        AVO_ASSERT(fuzz->outgoing.classes[i].taken_count == 0 && fuzz->incoming.classes[i].taken_count == 0);
    }
    while (avo_transfers_next(fuzz->transfers, &channel, &message)) {
        AVO_ASSERT(message.type == AVO_MESSAGE_SEGMENT && message.segment.total_bytes == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fuzz fuzz;
    fuzz.input = avo_reader(avo_slice(data, size));
    fuzz.now_us = 1000000;
    setup(&fuzz);
    while (fuzz.input.left > 0 && !fuzz.input.failed) {
        step(&fuzz);
    }
    check_end(&fuzz);
    return 0;
}
