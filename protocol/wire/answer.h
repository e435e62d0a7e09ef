/* ANSWER to a QUERY. Body: u64 round, u8 flags (bits 0-1 state, bit 2 same, bit 3 value present, bit 4 floor present),
 * u8 admits, [version 18 unless same], [u64 floor], [value: the rest]. "same": the version is the query's `known`. */
#ifndef AVO_WIRE_ANSWER_H
#define AVO_WIRE_ANSWER_H

#include "protocol/version.h"
#include <avocado/error.h>

struct avo_answer {
    uint64_t round;
    uint8_t state;  /* enum avo_entry_state of the replica's entry */
    bool same;      /* its version equals the query's `known`; `version` is then not sent and reads as AVO_VERSION_NONE */
    bool has_value; /* `value` is there: only with state VALUE */
    struct avo_version version; /* the replica's version unless `same` */
    uint64_t floor;             /* the shard's floor clock; 0 until tombstones are reclaimed */
    enum avo_error admits;      /* AVO_OK, AVO_EFULL, AVO_EHOSTFULL or AVO_EQUOTA: would the write asked about be accepted */
    struct avo_slice value;
};

void avo_answer_write(struct avo_writer *writer, const struct avo_answer *answer);
void avo_answer_read(struct avo_reader *reader, struct avo_answer *answer);

#endif
