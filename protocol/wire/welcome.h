/* WELCOME payload: what a node tells a client when its session opens. Body: key secret 16, u32 number, u16 worker_count,
 * u16 mtu_bytes, u32 value_max_bytes, u32 epoch, u64 admitted_below, u8 wire version. */
#ifndef AVO_WIRE_WELCOME_H
#define AVO_WIRE_WELCOME_H

#include "base/cursor.h"
#include "base/limits.h"
#include <avocado/error.h>

struct avo_welcome {
    uint8_t key_secret[AVO_KEY_SECRET_BYTES];
    uint32_t number; /* the node's name for the session; 0: the former one lives, and no other was opened */
    uint16_t worker_count;
    uint16_t mtu_bytes;
    uint32_t value_max_bytes;
    uint32_t epoch;
    uint64_t admitted_below; /* of the former session's requests, none with this id or a higher one ran or will; 0: not known */
    uint8_t wire_version;    /* that both speak in this session; under its keys, since the header's could be changed on the way */
};

#define AVO_WELCOME_BYTES (AVO_KEY_SECRET_BYTES + 4 + 2 + 2 + 4 + 4 + 8 + 1)

void avo_welcome_write(struct avo_writer *writer, const struct avo_welcome *welcome);
AVO_MUST_USE enum avo_error avo_welcome_read(struct avo_slice bytes, struct avo_welcome *welcome);

#endif
