#include "boundary/doorbell.h"
#include "base/assert.h"
#include "boundary/region.h"
#include "boundary/shared.h"

#define DOORBELL_BYTES 128 /* a worker's two flags, each on a cache line of its own */
#define ENCLAVE_FLAG_OFFSET 0
#define HOST_FLAG_OFFSET 64

_Static_assert(AVO_REGION_DOORBELLS_OFFSET + AVO_REGION_WORKER_MAX_COUNT * DOORBELL_BYTES <= AVO_REGION_NOTICES_OFFSET,
               "doorbells fit");

static uint8_t *flag_at(uint8_t *region, uint32_t worker, size_t flag_offset) {
    AVO_ASSERT(worker < AVO_REGION_WORKER_MAX_COUNT);
    return region + AVO_REGION_DOORBELLS_OFFSET + (size_t)worker * DOORBELL_BYTES + flag_offset;
}

/* Both sides exchange the flag: either the sleeper's exchange comes first and the other side sees the flag, or it comes second
 * and the sleeper's second look at its work sees what was published. No wake-up is lost. */
void avo_doorbell_enclave_sleep(uint8_t *region, uint32_t worker, bool sleeping) {
    avo_shared_exchange_u32(flag_at(region, worker, ENCLAVE_FLAG_OFFSET), sleeping);
}

bool avo_doorbell_enclave_take(uint8_t *region, uint32_t worker) {
    return avo_shared_exchange_u32(flag_at(region, worker, ENCLAVE_FLAG_OFFSET), 0) != 0;
}

void avo_doorbell_host_sleep(uint8_t *region, uint32_t worker, bool sleeping) {
    avo_shared_exchange_u32(flag_at(region, worker, HOST_FLAG_OFFSET), sleeping);
}

bool avo_doorbell_host_take(uint8_t *region, uint32_t worker) {
    return avo_shared_exchange_u32(flag_at(region, worker, HOST_FLAG_OFFSET), 0) != 0;
}
