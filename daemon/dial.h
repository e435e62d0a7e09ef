/* A TCP connection to one address, made again when it is lost, after a wait that grows to AVO_DIAL_RETRY_MAX_US. Never blocks. */
#ifndef AVO_DAEMON_DIAL_H
#define AVO_DAEMON_DIAL_H

#include "base/address.h"
#include <stdbool.h>

#define AVO_DIAL_RETRY_MIN_US 100000
#define AVO_DIAL_RETRY_MAX_US 2000000
#define AVO_DIAL_CONNECT_US 5000000 /* a peer that says nothing for so long is not there */

enum avo_dial_state { AVO_DIAL_IDLE, AVO_DIAL_CONNECTING, AVO_DIAL_CONNECTED };

struct avo_dial {
    struct avo_address to;
    const char *what; /* who is there, in the log: "the CAS" */
    enum avo_dial_state state;
    int fd;            /* -1 when idle */
    bool complained;   /* the log has one line a series of failures */
    uint64_t begun_us; /* CONNECTING: since when */
    uint64_t retry_at_us;
    uint64_t retry_wait_us;
};

void avo_dial_init(struct avo_dial *dial, const struct avo_address *to, const char *what);
/* Begins a connection when it is time, or ends one that was begun. */
void avo_dial_pump(struct avo_dial *dial, uint64_t now_us);
/* Closes it: broken, or wanted no more. */
void avo_dial_lose(struct avo_dial *dial, uint64_t now_us);
/* The other side said something: the next loss is the first of a new series. */
void avo_dial_heard(struct avo_dial *dial);
/* The next try after a loss is as late as any. */
void avo_dial_slow(struct avo_dial *dial);
/* When idle: how long until the next try, in ms; when connecting: until it is given up; -1: nothing is due. */
int avo_dial_wait_ms(const struct avo_dial *dial, uint64_t now_us);

#endif
