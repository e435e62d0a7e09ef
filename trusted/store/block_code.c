/* A block's content taken out, measured and written anew. */
#include "base/assert.h"
#include "trusted/store/block_layout.h"

size_t avo_block_decode(const struct avo_block *block, uint32_t id, struct avo_item *items) {
    struct avo_slice prefix = avo_slice(prefix_at(block), block->prefix_bytes);
    const uint8_t *entries = entries_at(block);
    size_t fixed = entry_fixed_bytes(block), start = 0;
    for (uint32_t i = 0; i < block->count; i++) {
        size_t end = entry_end(block, i);
        items[i].head = prefix;
        items[i].tail = avo_slice(entries + start + fixed, end - start - fixed);
        items[i].record = record_read(block, entries + start);
        items[i].block = id;
        items[i].fingerprint = block->body[i];
        start = end;
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
    size_t fixed = 3 + fixed_bytes(writer_width(measure), clock_width(measure), width_of(measure->rmw_max));
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
    memcpy(block->body + prefix_offset(block), first, measure.prefix_bytes);
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
    AVO_ASSERT(count > 0 && count <= UINT16_MAX);
    header_write(block, items, count);
    uint8_t *entries = block->body + entries_offset(block);
    size_t fixed = entry_fixed_bytes(block), end = 0;
    for (uint32_t i = 0; i < count; i++) {
        block->body[i] = items[i].fingerprint;
        record_write(block, entries + end, &items[i].record);
        end += fixed + key_rest(&items[i], block->prefix_bytes, entries + end + fixed);
        set_entry_end(block, i, end);
    }
    AVO_ASSERT(entries_offset(block) + end == block->used_bytes);
}
