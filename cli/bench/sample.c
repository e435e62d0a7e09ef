#include "cli/bench/sample.h"
#include <string.h>

#define SEQUENCE_BYTES 8

void avo_sample_key(uint8_t key[AVO_SAMPLE_KEY_BYTES], uint64_t number) {
    key[0] = 'k';
    for (size_t i = AVO_SAMPLE_KEY_BYTES - 1; i > 0; i--) {
        key[i] = (uint8_t)('0' + number % 10);
        number /= 10;
    }
}

/* splitmix64: the n-th word of a stream is a mix of seed and n. */
static uint64_t word_of(uint64_t seed, uint64_t n) {
    uint64_t word = seed + (n + 1) * 0x9e3779b97f4a7c15;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return word ^ (word >> 31);
}

static uint64_t seed_of(uint64_t number, uint64_t sequence) {
    return word_of(number, 0) ^ word_of(sequence, 1);
}

static size_t head_bytes(size_t length) {
    return length < AVO_SAMPLE_SEQUENCE_MIN_BYTES ? 0 : SEQUENCE_BYTES;
}

void avo_sample_value(uint8_t *value, size_t length, uint64_t number, uint64_t sequence) {
    size_t head = head_bytes(length);
    uint64_t seed = seed_of(number, head == 0 ? 0 : sequence);
    memcpy(value, &sequence, head);
    for (size_t at = head; at < length; at += sizeof(uint64_t)) {
        uint64_t word = word_of(seed, at);
        size_t part = length - at < sizeof word ? length - at : sizeof word;
        memcpy(value + at, &word, part);
    }
}

bool avo_sample_check(struct avo_slice value, size_t length, uint64_t number, uint64_t *sequence) {
    size_t head = head_bytes(length);
    *sequence = 0;
    if (value.length != length) {
        return false;
    }
    if (length == 0) {
        return true;
    }
    memcpy(sequence, value.data, head);
    uint64_t seed = seed_of(number, *sequence);
    for (size_t at = head; at < length; at += sizeof(uint64_t)) {
        uint64_t word = word_of(seed, at);
        size_t part = length - at < sizeof word ? length - at : sizeof word;
        if (memcmp(value.data + at, &word, part) != 0) {
            return false;
        }
    }
    return true;
}
