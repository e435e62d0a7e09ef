/* STATS_REPLY, node -> client: one worker's figures, from inside the enclave. Body: the fields in order, u64 each but the last. */
#ifndef AVO_WIRE_STATS_H
#define AVO_WIRE_STATS_H

#include "base/cursor.h"
#include <avocado/error.h>

enum avo_secret_memory {
    AVO_MEMORY_PLAIN = 0,
    AVO_MEMORY_LOCKED = 1,
    AVO_MEMORY_SECRET = 2, /* memfd_secret: not even the host's kernel maps it */
};

struct avo_stats_reply {
    uint64_t keys;
    uint64_t tombstones;
    uint64_t damaged;     /* values ever found damaged */
    uint64_t damaged_now; /* entries damaged at this moment */
    uint64_t repaired;
    uint64_t enclave_bytes_used;
    uint64_t enclave_bytes_budget;
    uint64_t host_bytes;
    uint64_t operations; /* client operations coordinated to an end */
    uint64_t one_round_reads;
    uint64_t write_backs;
    uint64_t tampered; /* values and packets whose tag did not verify */
    uint64_t replayed;
    uint64_t dropped;       /* of another view, session or worker; rings full */
    uint64_t bad_packets;   /* malformed, before any cryptography */
    uint64_t other_version; /* packets of another wire version */
    uint64_t packets_sent;
    uint64_t packets_received;
    uint64_t sessions;
    uint8_t secret_memory; /* enum avo_secret_memory */
};

size_t avo_stats_reply_bytes(const struct avo_stats_reply *stats);
void avo_stats_reply_write(struct avo_writer *writer, const struct avo_stats_reply *stats);
void avo_stats_reply_read(struct avo_reader *reader, struct avo_stats_reply *stats);

#endif
