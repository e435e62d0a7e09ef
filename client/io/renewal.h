/* Renewing a client's ticket through its CAS while the client works [DESIGN 11.4]: nothing here waits. The CAS proves itself by its
 * pinned key, and asks its policy as for the first ticket; the client proves its own key. A renewed profile is written to the file
 * it came from, unless that is another's by now; another process's renewal is taken over from there.
 *
 * When: with AVO_TICKET_RENEW_S of the ticket left, by the clock as it was when the profile was read and by the time that passed
 * since; and when nodes say that it has ended, whatever this clock says. After a failure again, later and later. */
#ifndef AVO_CLIENT_RENEWAL_H
#define AVO_CLIENT_RENEWAL_H

#include "client/core/core.h"
#include "client/io/profile.h"
#include "protocol/control/text.h"
#include <poll.h>

#define AVO_RENEWAL_TURN_US 5000             /* how often an attempt under way wants its turn */
#define AVO_RENEWAL_TIMEOUT_US 10000000      /* of an attempt */
#define AVO_RENEWAL_BACKOFF_MIN_US 1000000   /* after the first failure; doubles with each that follows ... */
#define AVO_RENEWAL_BACKOFF_MAX_US 600000000 /* ... up to this, ... */
#define AVO_RENEWAL_ENDED_MAX_US 5000000     /* ... or this, when the ticket has ended */

struct avo_renewal_talk;

struct avo_renewal {
    struct avo_profile *profile;   /* borrowed; its ticket is replaced */
    struct avo_client_core *core;  /* borrowed; has the secret key, and is given the ticket */
    const struct avo_aead *aead;   /* borrowed */
    struct avo_random *random;     /* borrowed */
    struct avo_renewal_talk *talk; /* an attempt under way; NULL: none */
    int fd;                        /* of it; -1: none */
    uint64_t due_us;               /* when the next begins */
    uint64_t failed_us;            /* when the last one failed; 0: it did not */
    uint64_t backoff_us;
    struct avo_text reason; /* why the last one failed; empty: it did not */
    uint32_t renewed_count;
};

/* `now_s`: the clock, Unix time; 0: none. The core was made with `renews`. */
void avo_renewal_open(struct avo_renewal *renewal, struct avo_profile *profile, struct avo_client_core *core,
                      const struct avo_aead *aead, struct avo_random *random, uint64_t now_us, uint64_t now_s);
/* Harmless on a zeroed one, and in a child of the process that opened it. */
void avo_renewal_close(struct avo_renewal *renewal);

/* Begins, goes on, ends: whatever is due. Cheap when nothing is. */
void avo_renewal_turn(struct avo_renewal *renewal, uint64_t now_us);
/* When avo_renewal_turn wants to be called; soon while an attempt is under way. */
uint64_t avo_renewal_wake_us(const struct avo_renewal *renewal, uint64_t now_us);
/* What an attempt under way waits for; fd -1: nothing. */
struct pollfd avo_renewal_poll(const struct avo_renewal *renewal);

#endif
