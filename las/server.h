/* The shell around the LAS core: a TCP connection to the CAS, made again when it is lost, and a local socket where nodes ask. One
 * thread, poll(2), bounded everywhere. */
#ifndef AVO_LAS_SERVER_H
#define AVO_LAS_SERVER_H

#include "base/address.h"
#include "las/las.h"
#include "service/watch.h"

struct avo_las_server; /* lives in the arena */

struct avo_las_server_config {
    struct avo_las *las;
    uint32_t local_max_count; /* the core's */
    struct avo_address cas;
    int listener;           /* a SEQPACKET socket; one message a packet (protocol/control/local.h) */
    struct avo_watch watch; /* what ends the server */
    void *context;
    /* Has the TEE attest 64 bytes of report data; an empty buffer when it fails. */
    void (*evidence)(void *context, const uint8_t *report_data, struct avo_buffer *quote);
    /* EGETKEY for a key id of 32 bytes, 16 bytes appended to the empty `key`; left empty when it fails. */
    void (*report_key)(void *context, const uint8_t *key_id, struct avo_buffer *key);
};

/* NULL when the arena is too small. */
struct avo_las_server *avo_las_server_create(struct avo_arena *arena, const struct avo_las_server_config *config);
/* Serves until something that it watches ends it, or the core does, which said why. */
enum avo_watch_ending avo_las_server_run(struct avo_las_server *server);

#endif
