/* How a worker's memory budget is divided [B5]: fixed shares for sessions, operations and transfers, all the rest to the store. */
#ifndef AVO_WORKER_BUDGET_H
#define AVO_WORKER_BUDGET_H

#include "base/blob.h"

struct avo_budget {
    uint32_t session_count;
    uint32_t operation_count;
    uint32_t batch_count;
    uint32_t incoming_count; /* transfers at one time */
    uint32_t outgoing_count;
    struct avo_blobs_config operation_blobs;
    struct avo_blobs_config incoming_blobs;
    struct avo_blobs_config outgoing_blobs;
};

/* The division of `bytes` for values up to `value_max_bytes` in packets of `packet_bytes`. The shares take about a quarter of it.
 */
struct avo_budget avo_budget(uint64_t bytes, size_t value_max_bytes, size_t packet_bytes);

#endif
