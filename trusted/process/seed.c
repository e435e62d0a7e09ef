#include "trusted/process/seed.h"
#include "base/secret.h"
#include <cpuid.h>
#include <immintrin.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#define CPU_WORDS 8
#define KERNEL_BYTES 32
#define RDRAND_ATTEMPTS 10 /* Intel SDM 7.3.17: ten failures in a row mean a broken source */

static bool cpu_has_rdrand(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_RDRND) != 0;
}

__attribute__((target("rdrnd"))) static bool cpu_word(unsigned long long *word) {
    for (int attempt = 0; attempt < RDRAND_ATTEMPTS; attempt++) {
        if (_rdrand64_step(word)) {
            return true;
        }
    }
    return false;
}

static bool cpu_fill(unsigned long long words[CPU_WORDS]) {
    for (int i = 0; i < CPU_WORDS; i++) {
        if (!cpu_word(&words[i])) {
            return false;
        }
    }
    return true;
}

enum avo_error avo_seed_draw(uint8_t seed[AVO_SEED_BYTES]) {
    struct {
        unsigned long long cpu[CPU_WORDS];
        uint8_t kernel[KERNEL_BYTES];
    } source = {0};
    bool drawn = getrandom(source.kernel, sizeof source.kernel, 0) == KERNEL_BYTES && (!cpu_has_rdrand() || cpu_fill(source.cpu));
    crypto_hash_sha256(seed, (const uint8_t *)&source, sizeof source);
    avo_secret_wipe(&source, sizeof source);
    return drawn ? AVO_OK : AVO_EIO;
}
