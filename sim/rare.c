#include "sim/rare.h"
#include "base/blob.h"
#include "boundary/ring.h"
#include "sim/watch.h"
#include "trusted/worker/mailbox.h"

void avo_rare_arm(struct avo_watch *watch, uint64_t seed, uint32_t ppm) {
    watch->rare.prng = avo_prng(seed);
    watch->rare.ppm = ppm;
}

void avo_rare_disarm(struct avo_watch *watch) {
    watch->rare.ppm = 0;
}

/* Is this call to fail? */
static bool strikes(uint64_t *(*counter)(struct avo_rare *rare)) {
    struct avo_watch *watch = avo_watch_in_charge();
    if (watch == NULL || watch->rare.ppm == 0 || !avo_prng_chance(&watch->rare.prng, watch->rare.ppm, 1000000)) {
        return false;
    }
    ++*counter(&watch->rare);
    return true;
}

static uint64_t *memory_count(struct avo_rare *rare) {
    return &rare->memory_count;
}

static uint64_t *letter_count(struct avo_rare *rare) {
    return &rare->letter_count;
}

static uint64_t *room_count(struct avo_rare *rare) {
    return &rare->room_count;
}

/* Names that the linker makes. NOLINTBEGIN */
uint32_t __real_avo_blob_take(struct avo_blobs *blobs, size_t bytes);
uint32_t __wrap_avo_blob_take(struct avo_blobs *blobs, size_t bytes);
bool __real_avo_mailbox_post(struct avo_mailbox *box, const struct avo_letter *letter);
bool __wrap_avo_mailbox_post(struct avo_mailbox *box, const struct avo_letter *letter);
uint32_t __real_avo_ring_room(struct avo_ring_end *end);
uint32_t __wrap_avo_ring_room(struct avo_ring_end *end);

/* No memory for a value, a transfer or a long key. */
uint32_t __wrap_avo_blob_take(struct avo_blobs *blobs, size_t bytes) {
    return strikes(memory_count) ? AVO_BLOB_NONE : __real_avo_blob_take(blobs, bytes);
}

/* A full mailbox between worker and steward. */
bool __wrap_avo_mailbox_post(struct avo_mailbox *box, const struct avo_letter *letter) {
    return !strikes(letter_count) && __real_avo_mailbox_post(box, letter);
}

/* A full ring, as far as the end that asks knows. */
uint32_t __wrap_avo_ring_room(struct avo_ring_end *end) {
    return strikes(room_count) ? 0 : __real_avo_ring_room(end);
}
/* NOLINTEND */
