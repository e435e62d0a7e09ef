#include "protocol/wire/stats.h"

/* The figures are the leading fields, u64 each, in the order of the struct: both codecs walk it as an array. */
#define FIGURE_COUNT (offsetof(struct avo_stats_reply, secret_memory) / sizeof(uint64_t))
_Static_assert(FIGURE_COUNT == 19, "every figure is on the wire");

size_t avo_stats_reply_bytes(const struct avo_stats_reply *stats) {
    (void)stats;
    return 8 * FIGURE_COUNT + 1;
}

void avo_stats_reply_write(struct avo_writer *writer, const struct avo_stats_reply *stats) {
    const uint64_t *figures = (const uint64_t *)(const void *)stats;
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        avo_write_u64(writer, figures[i]);
    }
    avo_write_u8(writer, stats->secret_memory);
}

void avo_stats_reply_read(struct avo_reader *reader, struct avo_stats_reply *stats) {
    uint64_t *figures = (uint64_t *)(void *)stats;
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        figures[i] = avo_read_u64(reader);
    }
    stats->secret_memory = avo_read_u8(reader);
    if (stats->secret_memory > AVO_MEMORY_SECRET) {
        avo_read_fail(reader);
    }
}
