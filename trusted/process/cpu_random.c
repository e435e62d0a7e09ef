#include "trusted/process/cpu_random.h"
#include "base/secret.h"
#include <immintrin.h>
#include <signal.h>
#include <stddef.h>

#define ATTEMPTS 10

__attribute__((target("rdrnd"))) bool avo_cpu_rdrand(uint64_t *word) {
    unsigned long long drawn;
    bool good = _rdrand64_step(&drawn) != 0;
    *word = drawn;
    return good;
}

static bool word_draw(avo_cpu_word source, uint64_t *word) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (source(word)) {
            return true;
        }
        _mm_pause();
    }
    return false;
}

/* By chance less than once in 2^58 draws. */
static bool is_stuck(const uint64_t *words, size_t index) {
    bool stuck = words[index] == 0 || words[index] == UINT64_MAX;
    for (size_t i = 0; i < index; i++) {
        stuck |= words[i] == words[index];
    }
    return stuck;
}

static bool words_draw(avo_cpu_word source, uint64_t words[AVO_CPU_RANDOM_WORD_COUNT]) {
    for (size_t i = 0; i < AVO_CPU_RANDOM_WORD_COUNT; i++) {
        if (!word_draw(source, &words[i]) || is_stuck(words, i)) {
            return false;
        }
    }
    return true;
}

enum avo_error avo_cpu_random_draw(avo_cpu_word source, void (*missing)(int), uint64_t words[AVO_CPU_RANDOM_WORD_COUNT]) {
    const struct sigaction guard = {.sa_handler = missing};
    struct sigaction before;
    if (sigaction(SIGILL, &guard, &before) != 0) {
        return AVO_EIO;
    }
    bool drawn = words_draw(source, words);
    if (sigaction(SIGILL, &before, NULL) != 0 || !drawn) {
        avo_secret_wipe(words, AVO_CPU_RANDOM_WORD_COUNT * sizeof *words);
        return AVO_EIO;
    }
    return AVO_OK;
}
