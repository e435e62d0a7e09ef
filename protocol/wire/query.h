/* QUERY: round 1 of every operation. Body: u64 round, u8 want, version 18, u32 value_bytes, key (the rest). */
#ifndef AVO_WIRE_QUERY_H
#define AVO_WIRE_QUERY_H

#include "protocol/version.h"
#include <avocado/error.h>

enum avo_want {
    AVO_WANT_VERSION = 1, /* put, delete: only the version; and would a write of `value_bytes` be admitted? */
    AVO_WANT_NEWER = 2,   /* get: the value too when the replica's version is newer than `known` */
    AVO_WANT_VALUE = 3,   /* repair: the value too when the replica's version is `known` or newer */
};

#define AVO_VALUE_BYTES_TOMBSTONE UINT32_MAX

struct avo_query {
    uint64_t round; /* the coordinator's name for this round; echoed */
    enum avo_want want;
    struct avo_version known;
    uint32_t value_bytes; /* AVO_VALUE_BYTES_TOMBSTONE for a delete; 0 unless AVO_WANT_VERSION */
    struct avo_slice key;
};

void avo_query_write(struct avo_writer *writer, const struct avo_query *query);
void avo_query_read(struct avo_reader *reader, struct avo_query *query);

#endif
