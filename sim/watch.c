#include "sim/watch.h"
#include "base/cursor.h"
#include "checker/memory.h"
#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93U;
    return hash ^ hash >> 32;
}

/* Two independent 64-bit mixes. */
void avo_print_make(uint64_t print[2], const uint8_t bytes[32], struct avo_slice name) {
    uint8_t block[48] = {0};
    memcpy(block, bytes, 32);
    avo_copy(block + 32, sizeof block - 32, name);
    struct avo_reader reader = avo_reader(AVO_SLICE_OF(block));
    print[0] = 1;
    print[1] = 2;
    for (size_t i = 0; i < sizeof block / 8; i++) {
        uint64_t word = avo_read_u64(&reader);
        print[0] = mix(print[0], word);
        print[1] = mix(print[1], word + i);
    }
    print[0] |= 1; /* 0 marks an empty place */
}

static uint64_t *prints_place(const struct avo_prints *prints, const uint64_t print[2]) {
    for (uint64_t at = print[0] >> 1;; at++) {
        uint64_t *place = prints->table[at & (prints->capacity - 1)];
        if (place[0] == 0 || (place[0] == print[0] && place[1] == print[1])) {
            return place;
        }
    }
}

static void prints_grow(struct avo_prints *prints) {
    struct avo_prints old = *prints;
    prints->capacity = old.capacity == 0 ? 4096 : 2 * old.capacity;
    prints->table = avo_memory_zeroed(prints->capacity, sizeof *prints->table);
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (old.table[i][0] != 0) {
            memcpy(prints_place(prints, old.table[i]), old.table[i], sizeof *old.table);
        }
    }
    free(old.table);
}

bool avo_prints_has(const struct avo_prints *prints, const uint64_t print[2]) {
    return prints->count > 0 && prints_place(prints, print)[0] != 0;
}

bool avo_prints_add(struct avo_prints *prints, const uint64_t print[2]) {
    if (2 * prints->count >= prints->capacity) {
        prints_grow(prints);
    }
    uint64_t *place = prints_place(prints, print);
    if (place[0] != 0) {
        return false;
    }
    place[0] = print[0];
    place[1] = print[1];
    prints->count++;
    return true;
}

void avo_watch_destroy(struct avo_watch *watch) {
    free(watch->sealed.table);
    free(watch->opened.table);
    free(watch->reached.table);
    free(watch->agreed);
    *watch = (struct avo_watch){0};
}

void avo_watch_on_seal(struct avo_watch *watch, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES]) {
    uint64_t print[2];
    avo_print_make(print, key->schedule, avo_slice(nonce, AVO_NONCE_BYTES)); /* which begins with the key itself */
    avo_report_count(watch->report, AVO_COUNT_SEALS);
    if (!avo_prints_add(&watch->sealed, print)) {
        avo_report_violation(watch->report, "nonce-reused", "a nonce was used twice under one key");
    }
}

void avo_watch_on_accept(struct avo_watch *watch, const uint8_t header[AVO_PACKET_HEADER_BYTES], const uint8_t tag[AVO_TAG_BYTES]) {
    uint64_t print[2];
    avo_print_make(print, header, avo_slice(tag, AVO_TAG_BYTES));
    if (!avo_prints_add(&watch->opened, print)) {
        avo_report_violation(watch->report, "replay-accepted", "a packet was accepted twice");
    }
}

void avo_watch_scan(struct avo_watch *watch, struct avo_slice bytes, const char *where) {
    const uint8_t *found = bytes.length > 0 ? memmem(bytes.data, bytes.length, watch->canary, sizeof watch->canary) : NULL;
    if (found != NULL) {
        avo_report_violation(watch->report, "plaintext-outside", "a stored key or value stands in the clear in %s, offset %zu",
                             where, (size_t)(found - bytes.data));
    }
}
