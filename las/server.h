/* The shell around the LAS core: a TCP connection to the CAS, made again when it is lost, and a local socket where nodes ask. One
 * thread, poll(2), bounded everywhere. */
#ifndef AVO_LAS_SERVER_H
#define AVO_LAS_SERVER_H

#include "base/address.h"
#include "las/las.h"

struct avo_las_server; /* lives in the arena */

struct avo_las_server_config {
    struct avo_las *las;
    uint32_t local_max_count; /* the core's */
    struct avo_address cas;
    int listener; /* a SEQPACKET socket; one message a packet (protocol/control/local.h) */
    int cpu;      /* the CPU's channel; its end ends the server */
    int signals;  /* a signalfd that ends the server */
    int outside;  /* what had it started; its end ends the server; -1: nobody */
    void *context;
    /* Has the TEE attest 64 bytes of report data; an empty buffer when it fails. */
    void (*evidence)(void *context, const uint8_t *report_data, struct avo_buffer *quote);
    /* EGETKEY for a key id of 32 bytes, 16 bytes appended to the empty `key`; left empty when it fails. */
    void (*report_key)(void *context, const uint8_t *key_id, struct avo_buffer *key);
};

/* How serving ended. */
enum avo_las_ending {
    AVO_LAS_ENDING_TOLD, /* by a signal or by the outside's end */
    AVO_LAS_ENDING_CPU,  /* the CPU is gone */
    AVO_LAS_ENDING_DONE, /* the core said why, and it was logged: the CAS refused it */
};

/* NULL when the arena is too small. */
struct avo_las_server *avo_las_server_create(struct avo_arena *arena, const struct avo_las_server_config *config);
enum avo_las_ending avo_las_server_run(struct avo_las_server *server);

#endif
