/* The TCP shell around the CAS core: sockets and a clock in, effects out. One thread, poll(2), bounded everywhere. */
#ifndef AVO_CAS_SERVER_H
#define AVO_CAS_SERVER_H

#include "base/address.h"
#include "cas/cas.h"
#include "service/watch.h"

struct avo_server; /* lives in the arena */

struct avo_server_config {
    struct avo_cas *cas;
    uint32_t connection_max_count; /* the core's */
    int listener;                  /* from avo_server_listen */
    struct avo_watch watch;        /* what ends the server */
    void *context;
    /* Has the TEE attest 64 bytes of report data; an empty buffer when it fails. */
    void (*evidence)(void *context, const uint8_t *report_data, struct avo_buffer *quote);
    /* Seals and writes the state; an error, and `why`, when it could not. */
    enum avo_error (*persist)(void *context, struct avo_slice state, struct avo_text *why);
    /* The CAS has other public keys from now on. */
    void (*keys_changed)(void *context);
};

/* A listening socket, or -1 with errno. */
int avo_server_listen(const struct avo_address *address);
/* NULL when the arena is too small. */
struct avo_server *avo_server_create(struct avo_arena *arena, const struct avo_server_config *config);
/* Serves until something that it watches ends it. */
enum avo_watch_ending avo_server_run(struct avo_server *server);
#endif
