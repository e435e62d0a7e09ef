/* A block's content taken out, measured and written again. */
#include "base/assert.h"
#include "trusted/store/block_layout.h"

size_t avo_block_decode(const struct avo_block *block, uint32_t id, struct avo_item *items) {
    size_t fixed = entry_fixed_bytes(block);
    for (uint32_t i = 0; i < block->count; i++) {
        uint32_t slot = avo_block_slot(block, i);
        const uint8_t *entry = entries_at(block) + entry_start(block, slot);
        items[i].head = avo_slice(block->body, block->prefix_bytes);
        items[i].tail = avo_slice(entry + fixed, entry_end(block, slot) - entry_start(block, slot) - fixed);
        items[i].record = record_read(block, entry);
        items[i].block = id;
        items[i].unit = avo_block_unit(block, slot);
    }
    return block->count;
}

size_t avo_item_key_bytes(const struct avo_item *item) {
    return item->head.length + item->tail.length;
}

size_t avo_item_key(const struct avo_item *item, uint8_t *to) {
    avo_copy(to, AVO_KEY_MAX_BYTES, item->head);
    avo_copy(to + item->head.length, AVO_KEY_MAX_BYTES - item->head.length, item->tail);
    return avo_item_key_bytes(item);
}

static uint8_t key_byte(const struct avo_item *item, size_t at) {
    return at < item->head.length ? item->head.data[at] : item->tail.data[at - item->head.length];
}

size_t avo_item_common(const struct avo_item *a, const struct avo_item *b) {
    size_t a_bytes = avo_item_key_bytes(a), b_bytes = avo_item_key_bytes(b);
    size_t limit = a_bytes < b_bytes ? a_bytes : b_bytes;
    size_t common = a->head.data == b->head.data && a->head.length == b->head.length ? a->head.length : 0;
    while (common < limit && key_byte(a, common) == key_byte(b, common)) {
        common++;
    }
    return common;
}

void avo_measure_add(struct avo_measure *measure, const struct avo_item *item, size_t common) {
    const struct avo_record *record = &item->record;
    bool first = measure->count == 0;
    size_t bytes = avo_item_key_bytes(item);
    size_t prefix = first ? bytes : common;
    measure->prefix_bytes = first || prefix < measure->prefix_bytes ? prefix : measure->prefix_bytes;
    measure->clock_min = first || record->clock < measure->clock_min ? record->clock : measure->clock_min;
    measure->clock_max = record->clock > measure->clock_max ? record->clock : measure->clock_max;
    measure->writer_max = record->writer > measure->writer_max ? record->writer : measure->writer_max;
    measure->rmw_max = record->rmw > measure->rmw_max ? record->rmw : measure->rmw_max;
    measure->first_key_bytes = first ? bytes : measure->first_key_bytes;
    measure->mixed = measure->mixed || bytes != measure->first_key_bytes;
    measure->key_bytes += bytes;
    measure->count++;
}

/* One byte at least, so that the second writer to come need not widen the block. */
static uint8_t writer_width(const struct avo_measure *measure) {
    return measure->writer_max > UINT8_MAX ? 2 : 1;
}

static uint8_t clock_width(const struct avo_measure *measure) {
    return width_of(measure->clock_max - measure->clock_min);
}

size_t avo_measure_bytes(const struct avo_measure *measure) {
    size_t fixed = (measure->mixed ? 3 : 1) + fixed_bytes(writer_width(measure), clock_width(measure), width_of(measure->rmw_max));
    return measure->prefix_bytes + measure->count * (fixed - measure->prefix_bytes) + measure->key_bytes;
}

/* The columns' sizes and the prefix, from which every offset follows. */
static void header_write(struct avo_block *block, const struct avo_item *items, size_t count) {
    struct avo_measure measure = {0};
    for (size_t i = 0; i < count; i++) {
        avo_measure_add(&measure, &items[i], i == 0 ? 0 : avo_item_common(&items[i - 1], &items[i]));
    }
    uint8_t first[AVO_KEY_MAX_BYTES];
    size_t first_bytes = avo_item_key(&items[0], first);
    block->first_word = avo_key_word(avo_slice(first, first_bytes));
    block->clock_base = measure.clock_min;
    block->count = (uint16_t)count;
    block->used_bytes = (uint16_t)avo_measure_bytes(&measure);
    block->prefix_bytes = (uint16_t)measure.prefix_bytes;
    block->clock_width = clock_width(&measure);
    block->writer_width = writer_width(&measure);
    block->rmw_width = width_of(measure.rmw_max);
    block->entry_bytes = (uint16_t)(measure.mixed ? 0 : entry_fixed_bytes(block) + first_bytes - measure.prefix_bytes);
    memcpy(block->body, first, measure.prefix_bytes);
}

/* The item's key without its first `skip` bytes. */
static size_t key_rest(const struct avo_item *item, size_t skip, uint8_t *to) {
    size_t head_skip = skip < item->head.length ? skip : item->head.length;
    size_t head_bytes = item->head.length - head_skip;
    size_t tail_bytes = item->tail.length - (skip - head_skip);
    avo_copy(to, head_bytes, avo_slice_part(item->head, head_skip, head_bytes));
    avo_copy(to + head_bytes, tail_bytes, avo_slice_part(item->tail, skip - head_skip, tail_bytes));
    return head_bytes + tail_bytes;
}

void avo_block_encode(struct avo_block *block, const struct avo_item *items, size_t count) {
    AVO_ASSERT(count > 0 && count <= UINT8_MAX);
    header_write(block, items, count);
    AVO_ASSERT(block->used_bytes <= block->body_bytes);
    uint8_t *entries = block->body + block->prefix_bytes;
    size_t fixed = entry_fixed_bytes(block), end = 0;
    for (uint32_t i = 0; i < count; i++) {
        block->body[order_offset(block) + i] = (uint8_t)i;
        record_write(block, entries + end, &items[i].record);
        end += fixed + key_rest(&items[i], block->prefix_bytes, entries + end + fixed);
        set_entry_end(block, i, end);
    }
    AVO_ASSERT(end == entries_bytes(block));
}
