/* Messages of syncs: what a source and its asker may not say. That all of them travel well, message_test.c shows. */
#include "protocol/testing.h"
#include "protocol/wire/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static uint8_t pool[1024], entries[4096], encoded[4096];

static struct avo_version some_version(struct avo_prng *prng) {
    return (struct avo_version){avo_prng_next(prng) | 1, {(uint32_t)avo_prng_next(prng), 1, 2}, 0};
}

/* `count` entries whose keys are `first`, `first` + 1, ... */
static struct avo_slice some_entries(struct avo_prng *prng, uint8_t first, uint8_t count) {
    struct avo_writer writer = avo_writer(entries, sizeof entries);
    for (uint8_t i = 0; i < count; i++) {
        uint8_t key = (uint8_t)(first + i);
        struct avo_sync_entry entry = {1, true, some_version(prng), avo_slice(&key, 1), avo_slice(pool, 20)};
        avo_sync_entry_write(&writer, &entry);
    }
    assert_false(writer.failed);
    return avo_writer_slice(&writer);
}

static enum avo_error travels(const struct avo_message *message) {
    struct avo_message decoded;
    struct avo_writer writer = avo_writer(encoded, sizeof encoded);
    avo_message_write(&writer, message);
    assert_false(writer.failed);
    return avo_message_read(avo_writer_slice(&writer), &decoded);
}

static void refused(const struct avo_message *message) {
    assert_int_equal(travels(message), AVO_EFORMAT);
}

#define REFUSED(base, field, bad)                                                                                                  \
    do {                                                                                                                           \
        struct avo_message changed = (base);                                                                                       \
        changed.field = (bad);                                                                                                     \
        refused(&changed);                                                                                                         \
    } while (0)

/* Reads what entries a piece has, if it is one. */
static uint32_t entry_count(struct avo_slice bytes) {
    struct avo_reader reader = avo_reader(bytes);
    uint32_t count = 0;
    for (; reader.left > 0; count++) {
        struct avo_sync_entry entry;
        avo_sync_entry_read(&reader, &entry);
        assert_false(reader.failed);
    }
    return count;
}

static void refused_entry(struct avo_sync_entry entry) {
    struct avo_writer writer = avo_writer(entries, sizeof entries);
    avo_sync_entry_write(&writer, &entry);
    struct avo_message piece = {.type = AVO_MESSAGE_SYNC_PIECE, .sync_piece = {.round = 1, .last = true}};
    piece.sync_piece.entries = avo_writer_slice(&writer);
    refused(&piece);
}

static void forbidden_syncs(void **state) {
    struct avo_prng *prng = *state;
    struct avo_message ask = {.type = AVO_MESSAGE_SYNC_ASK,
                              .sync_ask = {1, AVO_SYNC_ENTRIES, AVO_SYNC_VALUES, 100, avo_slice(pool, 3)}};
    assert_int_equal(travels(&ask), AVO_OK);
    REFUSED(ask, sync_ask.part, 0);
    REFUSED(ask, sync_ask.part, 2);
    REFUSED(ask, sync_ask.want, 0);
    REFUSED(ask, sync_ask.want, 3);
    REFUSED(ask, sync_ask.after, avo_slice(pool, AVO_KEY_MAX_BYTES + 1));

    struct avo_message piece = {.type = AVO_MESSAGE_SYNC_PIECE, .sync_piece = {.round = 1, .last = true}};
    piece.sync_piece.entries = some_entries(prng, 7, 3);
    assert_int_equal(entry_count(piece.sync_piece.entries), 3);
    REFUSED(piece, sync_piece.entries, avo_slice(entries, piece.sync_piece.entries.length - 1));
    assert_int_equal(travels(&piece), AVO_OK);
    piece.sync_piece.last = false;
    REFUSED(piece, sync_piece.entries, AVO_SLICE_EMPTY); /* a piece that is not the last brings something */

    struct avo_sync_entry entry = {1, true, some_version(prng), avo_slice(pool, 1), AVO_SLICE_EMPTY};
    struct avo_sync_entry changed = entry;
    changed.state = 0;
    refused_entry(changed);
    changed.state = 2; /* a tombstone has no value */
    refused_entry(changed);
    changed.state = 8 | 1;
    refused_entry(changed);
    changed = entry;
    changed.version = AVO_VERSION_NONE;
    refused_entry(changed);
    changed = entry;
    changed.key = AVO_SLICE_EMPTY;
    refused_entry(changed);
    changed.key = avo_slice(pool, AVO_KEY_MAX_BYTES + 1);
    refused_entry(changed);
}

/* A source that gives keys out of order, or one twice, is not believed. */
static void pieces_are_in_the_order_of_keys(void **state) {
    struct avo_prng *prng = *state;
    static uint8_t mixed[400];
    struct avo_slice two = some_entries(prng, 5, 2);
    avo_copy(mixed, sizeof mixed, two);
    for (uint8_t first = 4; first < 8; first++) {
        struct avo_slice one = some_entries(prng, first, 1);
        avo_copy(mixed + two.length, sizeof mixed - two.length, one);
        struct avo_message piece = {.type = AVO_MESSAGE_SYNC_PIECE, .sync_piece = {.round = 1}};
        piece.sync_piece.entries = avo_slice(mixed, two.length + one.length);
        assert_int_equal(travels(&piece), first == 7 ? AVO_OK : AVO_EFORMAT);
        two = some_entries(prng, 5, 2);
        avo_copy(mixed, sizeof mixed, two);
    }
}

static void unknown_flags(void **state) {
    (void)state;
    struct avo_message piece = {.type = AVO_MESSAGE_SYNC_PIECE, .sync_piece = {.round = 1, .last = true}}, decoded;
    struct avo_writer writer = avo_writer(encoded, sizeof encoded);
    avo_message_write(&writer, &piece);
    for (unsigned bit = 0; bit < 8; bit++) {
        encoded[9] = (uint8_t)(1 | 1U << bit); /* after type and round */
        assert_int_equal(avo_message_read(avo_writer_slice(&writer), &decoded), bit < 2 ? AVO_OK : AVO_EFORMAT);
    }
}

int main(void) {
    struct avo_prng prng = avo_prng(testing_seed());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(forbidden_syncs, &prng),
        cmocka_unit_test_prestate(pieces_are_in_the_order_of_keys, &prng),
        cmocka_unit_test(unknown_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
