/* What a replica is made of. */
#ifndef AVO_REPLICA_CONFIG_H
#define AVO_REPLICA_CONFIG_H

#include "base/blob.h"
#include "trusted/store/store.h"

struct avo_replica_config {
    uint8_t slot;
    uint8_t worker;
    struct avo_store *store;  /* borrowed: this worker's */
    struct avo_blobs *blobs;  /* borrowed: values of writes and write-backs under way */
    uint32_t operation_count; /* operations at one time; beyond: AVO_EBUSY */
    uint64_t hedge_us;        /* a get that waited so long asks the rest (default AVO_HEDGE_US) */
    uint64_t resend_us;       /* unanswered messages are sent again (default AVO_RESEND_US) */
    uint32_t scrub_per_tick;  /* values verified a tick when idle; 0: none */
    uint64_t compare_us;      /* digests go to others so often while they change (AVO_COMPARE_US); 0: never */
};

#define AVO_HEDGE_US 5000
#define AVO_RESEND_US 30000
#define AVO_COMPARE_US 8000000

#endif
