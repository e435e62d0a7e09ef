#include "boundary/notice.h"
#include "boundary/shared.h"

_Static_assert(sizeof(struct avo_notice) <= AVO_NOTICE_BYTES, "a notice fits its place");
_Static_assert(sizeof(struct avo_notice) % sizeof(uint64_t) == 0, "a notice is whole numbers");

#define NUMBER_COUNT (sizeof(struct avo_notice) / sizeof(uint64_t))

void avo_notice_post(uint8_t *place, const struct avo_notice *notice) {
    uint64_t numbers[NUMBER_COUNT];
    memcpy(numbers, notice, sizeof numbers);
    for (size_t i = NUMBER_COUNT; i > 0; i--) { /* the bits last: a reader that sees them sees the levels, too */
        avo_shared_store(place + (i - 1) * sizeof(uint64_t), numbers[i - 1]);
    }
}

void avo_notice_read(const uint8_t *place, struct avo_notice *notice) {
    uint64_t numbers[NUMBER_COUNT];
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        numbers[i] = avo_shared_load(place + i * sizeof(uint64_t));
    }
    memcpy(notice, numbers, sizeof numbers);
}
