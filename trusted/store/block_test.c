/* What a block makes of its entries: the narrowest columns that hold them all, and no wider record in place. */
#include "trusted/store/block.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* after the others, as cmocka asks */
#include <cmocka.h>

#define BODY_BYTES 448

static _Alignas(64) uint8_t memory[AVO_BLOCK_HEADER_BYTES + BODY_BYTES];

struct entry {
    const char *key;
    uint64_t clock;
    uint16_t writer;
    uint32_t rmw;
};

static struct avo_block *block_of(const struct entry *entries, size_t count) {
    struct avo_item items[8];
    memset(memory, 0, sizeof memory);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct avo_item){
            .head = avo_slice_string(entries[i].key),
            .record = {.clock = entries[i].clock, .writer = entries[i].writer, .rmw = entries[i].rmw, .handle = (uint32_t)i}};
    }
    struct avo_block *block = (struct avo_block *)(void *)memory;
    block->body_bytes = BODY_BYTES;
    avo_block_encode(block, items, count);
    return block;
}

struct columns {
    uint16_t prefix_bytes, entry_bytes;
    uint8_t clock_width, writer_width, rmw_width;
    uint16_t used_bytes;
};

static void assert_columns(const struct avo_block *block, const struct columns *expected) {
    assert_int_equal(block->prefix_bytes, expected->prefix_bytes);
    assert_int_equal(block->entry_bytes, expected->entry_bytes);
    assert_int_equal(block->clock_width, expected->clock_width);
    assert_int_equal(block->writer_width, expected->writer_width);
    assert_int_equal(block->rmw_width, expected->rmw_width);
    assert_int_equal(block->used_bytes, expected->used_bytes);
}

static void columns_are_as_narrow_as_they_can_be(void **state) {
    (void)state;
    /* An entry: handle 4, tag 16, then writer, clock, rmw and the rest of its key; one byte of order each. */
    static const struct entry alike[] = {{"user:0001", 1000, 3, 0}, {"user:0002", 1255, 255, 0}, {"user:0013", 1003, 0, 0}};
    static const struct columns of_alike = {7, 4 + 16 + 1 + 1 + 2, 1, 1, 0, 7 + 3 * (24 + 1)};
    struct avo_block *block = block_of(alike, 3);
    assert_columns(block, &of_alike);
    assert_true(block->clock_base == 1000);
    /* Keys that differ in length: two bytes more each, for where they end. */
    static const struct entry mixed[] = {{"a", 5, 256, 0}, {"ab", 261, 1, 1}};
    static const struct columns of_mixed = {1, 0, 2, 2, 1, 1 + (25 + 3) + (26 + 3)};
    assert_columns(block_of(mixed, 2), &of_mixed);
    /* The lowest clock need not come first, nor the shortest prefix last. */
    static const struct entry turned[] = {{"abcd", 300, 0, 0}, {"abce", 45, 0, 0}, {"abzz", 299, 0, 0}, {"abzy", 45, 0, 0}};
    static const struct columns of_turned = {2, 4 + 16 + 1 + 1 + 2, 1, 1, 0, 2 + 4 * (24 + 1)};
    block = block_of(turned, 4);
    assert_columns(block, &of_turned);
    assert_true(block->clock_base == 45);
    static const struct entry alone[] = {{"whole", 7, 0, 0}};
    static const struct columns of_alone = {5, 4 + 16 + 1, 0, 1, 0, 5 + 21 + 1};
    assert_columns(block_of(alone, 1), &of_alone);
}

static void a_record_goes_in_place_if_the_columns_hold_it(void **state) {
    (void)state;
    static const struct entry entries[] = {{"k1", 1000, 3, 1}, {"k2", 1100, 4, 0}};
    const struct {
        struct avo_record record;
        bool set;
    } cases[] = {
        {{.clock = 1000, .writer = 3}, true},  {{.clock = 999, .writer = 3}, false},   {{.clock = 1255, .writer = 3}, true},
        {{.clock = 1256, .writer = 3}, false}, {{.clock = 1000, .writer = 255}, true}, {{.clock = 1000, .writer = 256}, false},
        {{.clock = 1000, .rmw = 255}, true},   {{.clock = 1000, .rmw = 256}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct avo_block *block = block_of(entries, 2);
        uint8_t before[sizeof memory];
        memcpy(before, memory, sizeof memory);
        assert_int_equal(avo_block_set(block, 1, &cases[i].record), cases[i].set);
        struct avo_record got = avo_block_record(block, 1);
        if (cases[i].set) {
            assert_true(got.clock == cases[i].record.clock);
            assert_int_equal(got.writer, cases[i].record.writer);
            assert_int_equal(got.rmw, cases[i].record.rmw);
        } else {
            assert_memory_equal(memory, before, sizeof memory);
        }
    }
}

static bool insert(struct avo_block *block, const char *key) {
    struct avo_item item = {.head = avo_slice_string(key), .record = {.clock = 1000}, .block = AVO_BLOCK_NONE};
    return avo_block_insert(block, avo_block_lower_bound(block, item.head), &item);
}

static void an_entry_goes_in_place_while_there_is_room_to_the_byte(void **state) {
    (void)state;
    static const struct entry entries[] = {{"k1", 1000, 0, 0}, {"k3", 1000, 0, 0}};
    struct avo_block *block = block_of(entries, 2);
    assert_int_equal(block->entry_bytes, 4 + 16 + 1 + 1);
    block->body_bytes = block->used_bytes + 23;
    memmove(block->body + block->body_bytes - 2, block->body + BODY_BYTES - 2, 2); /* the order is at the end */
    assert_true(insert(block, "k2"));
    assert_int_equal(block->used_bytes, block->body_bytes);
    uint8_t key[AVO_KEY_MAX_BYTES];
    const char *const keys[] = {"k1", "k2", "k3"};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(avo_block_key(block, avo_block_slot(block, i), key), 2);
        assert_memory_equal(key, keys[i], 2);
    }
    assert_false(insert(block, "k4"));
    block = block_of(entries, 2);
    block->body_bytes = block->used_bytes + 22;
    memmove(block->body + block->body_bytes - 2, block->body + BODY_BYTES - 2, 2);
    assert_false(insert(block, "k2"));
    assert_int_equal(block->count, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_narrow_as_they_can_be),
        cmocka_unit_test(a_record_goes_in_place_if_the_columns_hold_it),
        cmocka_unit_test(an_entry_goes_in_place_while_there_is_room_to_the_byte),
    };
    return cmocka_run_group_tests_name("store/block", tests, NULL, NULL);
}
