#include "protocol/wire/figures.h"

#define ENTRY(field, name, kind, ...) {name, AVO_FIGURE_##kind, offsetof(struct avo_figures, field)},
const struct avo_figure avo_figure_table[AVO_FIGURE_COUNT] = {AVO_FIGURES(ENTRY)};
#undef ENTRY

static uint64_t *figure_at(struct avo_figures *figures, const struct avo_figure *figure) {
    return (uint64_t *)(void *)((uint8_t *)figures + figure->offset);
}

uint64_t avo_figure_get(const struct avo_figures *figures, const struct avo_figure *figure) {
    return *(const uint64_t *)(const void *)((const uint8_t *)figures + figure->offset);
}

void avo_figures_add(struct avo_figures *sum, const struct avo_figures *part) {
    for (size_t i = 0; i < AVO_FIGURE_COUNT; i++) {
        const struct avo_figure *figure = &avo_figure_table[i];
        bool summed = figure->kind == AVO_FIGURE_LEVEL || figure->kind == AVO_FIGURE_COUNTER;
        *figure_at(sum, figure) += summed ? avo_figure_get(part, figure) : 0;
    }
}

void avo_figures_join(struct avo_figures *node, const struct avo_figures *worker) {
    avo_figures_add(node, worker);
    for (size_t i = 0; i < AVO_FIGURE_COUNT; i++) {
        const struct avo_figure *figure = &avo_figure_table[i];
        uint64_t value = avo_figure_get(worker, figure);
        uint64_t before = avo_figure_get(node, figure);
        bool worse = (figure->kind == AVO_FIGURE_LEAST && value < before) || (figure->kind == AVO_FIGURE_MOST && value > before);
        if (worse || figure->kind == AVO_FIGURE_UNION) {
            *figure_at(node, figure) = worse ? value : before | value;
        }
    }
}

_Static_assert(offsetof(struct avo_figures, narrow_path_s) ==
                   offsetof(struct avo_figures, enclave_nearly_full_s) + AVO_CONDITION_NARROW_PATH * sizeof(uint64_t),
               "the ages stand in the order of the conditions");
_Static_assert(AVO_CONDITION_NARROW_PATH + 1 == AVO_CONDITION_COUNT, "each condition has its age");

#define FIRST_AGE (offsetof(struct avo_figures, enclave_nearly_full_s) / sizeof(uint64_t))

struct avo_levels avo_figures_levels(const struct avo_figures *figures) {
    return (struct avo_levels){.enclave_bytes_used = figures->enclave_bytes_used,
                               .enclave_bytes_budget = figures->enclave_bytes_budget,
                               .host_bytes = figures->host_bytes,
                               .host_bytes_limit = figures->host_bytes_limit,
                               .tombstones = figures->tombstones,
                               .tombstone_quota = figures->tombstone_quota,
                               .tampered = figures->tampered_recently,
                               .damaged = figures->damaged_now};
}

uint64_t avo_figures_age(const struct avo_figures *figures, enum avo_condition condition) {
    return avo_figure_get(figures, &avo_figure_table[FIRST_AGE + condition]);
}

void avo_figures_age_set(struct avo_figures *figures, enum avo_condition condition, uint64_t age_s) {
    *figure_at(figures, &avo_figure_table[FIRST_AGE + condition]) = age_s;
}

void avo_figures_write(struct avo_writer *writer, const struct avo_figures *figures) {
    for (size_t i = 0; i < AVO_FIGURE_COUNT; i++) {
        avo_write_u64(writer, avo_figure_get(figures, &avo_figure_table[i]));
    }
}

void avo_figures_read(struct avo_reader *reader, struct avo_figures *figures) {
    for (size_t i = 0; i < AVO_FIGURE_COUNT; i++) {
        *figure_at(figures, &avo_figure_table[i]) = avo_read_u64(reader);
    }
    if (figures->secret_memory > AVO_MEMORY_SECRET) {
        avo_read_fail(reader);
    }
}
