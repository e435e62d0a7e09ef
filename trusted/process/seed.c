#include "trusted/process/seed.h"
#include "base/secret.h"
#include "trusted/process/cpu_random.h"
#include <sodium.h>
#include <stdbool.h>
#include <sys/random.h>

#define KERNEL_BYTES 32

enum avo_error avo_seed_draw(uint8_t seed[AVO_SEED_BYTES], void (*missing)(int)) {
    struct {
        uint64_t cpu[AVO_CPU_RANDOM_WORD_COUNT];
        uint8_t kernel[KERNEL_BYTES];
    } source = {0};
    enum avo_error error = avo_cpu_random_draw(avo_cpu_rdrand, missing, source.cpu);
    bool drawn = error == AVO_OK && getrandom(source.kernel, sizeof source.kernel, 0) == KERNEL_BYTES;
    crypto_hash_sha256(seed, (const uint8_t *)&source, sizeof source);
    avo_secret_wipe(&source, sizeof source);
    return drawn ? AVO_OK : AVO_EIO;
}
