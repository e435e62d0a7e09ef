#include "cli/bench/witness.h"
#include "base/assert.h"
#include "cli/bench/sample.h"
#include <stdlib.h>

#define NUMBER_BITS 44 /* of a sequence; the run above it */
#define UNDER_WAY_BITS 16
#define UNDER_WAY_MAX ((1U << UNDER_WAY_BITS) - 1) /* stays once reached: floors rise no more, which is safe */

static uint64_t under_way(uint64_t state) {
    return state & UNDER_WAY_MAX;
}

static uint64_t number_of(uint64_t sequence) {
    return sequence & (((uint64_t)1 << NUMBER_BITS) - 1);
}

bool avo_witness_open(struct avo_witness *witness, uint64_t key_count, struct avo_random *random) {
    *witness = (struct avo_witness){.key_count = key_count, .keys = calloc(key_count, sizeof *witness->keys)};
    avo_random_fill(random, &witness->run, sizeof witness->run);
    witness->run >>= NUMBER_BITS;
    return witness->keys != NULL;
}

void avo_witness_close(struct avo_witness *witness) {
    free(witness->keys);
    *witness = (struct avo_witness){0};
}

struct avo_witness_write avo_witness_begin(struct avo_witness *witness, uint64_t key) {
    AVO_ASSERT(number_of(witness->issued + 1) != 0);
    struct avo_witness_write write = {.sequence = witness->run << NUMBER_BITS | ++witness->issued};
    if (key < witness->key_count) {
        write.alone = under_way(witness->keys[key]) == 0;
        witness->keys[key] += under_way(witness->keys[key]) < UNDER_WAY_MAX;
    }
    return write;
}

void avo_witness_end(struct avo_witness *witness, uint64_t key, const struct avo_witness_write *write, enum avo_error status) {
    if (key >= witness->key_count || status == AVO_EUNKNOWN || under_way(witness->keys[key]) == UNDER_WAY_MAX) {
        return;
    }
    uint64_t left = under_way(witness->keys[key]) - 1;
    uint64_t floor = witness->keys[key] >> UNDER_WAY_BITS;
    if (status == AVO_OK && write->alone && number_of(write->sequence) > floor) {
        floor = number_of(write->sequence);
    }
    witness->keys[key] = floor << UNDER_WAY_BITS | left;
}

uint64_t avo_witness_floor(const struct avo_witness *witness, uint64_t key) {
    return key < witness->key_count ? witness->keys[key] >> UNDER_WAY_BITS : 0;
}

enum avo_verdict avo_witness_judge(const struct avo_witness *witness, uint64_t key, struct avo_slice value, size_t value_bytes,
                                   uint64_t floor) {
    uint64_t sequence;
    if (!avo_sample_check(value, value_bytes, key, &sequence)) {
        return AVO_READ_FORGED;
    }
    if (value_bytes < AVO_SAMPLE_SEQUENCE_MIN_BYTES) {
        return AVO_READ_RIGHT; /* it holds no sequence */
    }
    if (sequence >> NUMBER_BITS != witness->run) {
        return AVO_READ_FOREIGN;
    }
    if (number_of(sequence) == 0 || number_of(sequence) > witness->issued) {
        return AVO_READ_FORGED;
    }
    return number_of(sequence) < floor ? AVO_READ_STALE : AVO_READ_RIGHT;
}
