/* Client sessions of one worker: bounded, evicted when full, dead once evicted [DESIGN 7].
 *
 * A session runs each write at most once: ids are remembered in a window that the client's answered_below moves.
 */
#ifndef AVO_WORKER_SESSION_H
#define AVO_WORKER_SESSION_H

#include "base/address.h"
#include "base/pool.h"
#include "base/random.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/path.h"
#include "protocol/view/ticket.h"
#include "protocol/wire/greeting.h"
#include "protocol/wire/request.h"

#define AVO_SESSION_MAX_COUNT 1024
#define AVO_SESSION_ENDED_COUNT 1024
#define AVO_WELCOME_PACKET_MAX_BYTES 160

/* What is known of a request id in the window; from AVO_ID_DONE on it is done with status (state - AVO_ID_DONE). */
enum avo_id_state {
    AVO_ID_NEW = 0,
    AVO_ID_READING = 1,
    AVO_ID_WRITING = 2,
    AVO_ID_DONE = 3,
};

struct avo_session {
    uint32_t number;        /* the node's name for it: 0 when free; index in the low bits, then a generation */
    uint32_t client_number; /* the client's name for it */
    uint8_t wire_version;   /* that both speak in it: the lower of their highest ones */
    uint64_t origin;        /* names it to its operations: unlike a number, it never comes back */
    bool confirmed;         /* a data packet of the client opened: it holds the keys, so it is no replayed HELLO */
    struct avo_address address;
    uint8_t hello_ephemeral[AVO_PUBLIC_KEY_BYTES]; /* recognises a resent HELLO */
    uint8_t welcome[AVO_WELCOME_PACKET_MAX_BYTES]; /* resent to it */
    size_t welcome_bytes;
    uint8_t asked_ephemeral[AVO_PUBLIC_KEY_BYTES];       /* recognises the last HELLO that took it for dead ... */
    uint8_t asked_welcome[AVO_WELCOME_PACKET_MAX_BYTES]; /* ... and is answered so again */
    size_t asked_welcome_bytes;                          /* 0: none did */
    struct avo_ticket ticket;
    uint64_t used_us;  /* when a packet last opened */
    uint64_t shown_us; /* when our view was last shown to its client */
    uint32_t batch;    /* the open batch for this client in the outbox, or AVO_POOL_NONE */
    uint64_t answered_below;
    uint64_t admitted_below;         /* no request with this id or a higher one was admitted */
    uint8_t ids[AVO_SESSION_WINDOW]; /* enum avo_id_state of id % AVO_SESSION_WINDOW */
    struct avo_channel channel;
    struct avo_path path;
};

/* What is kept of a session that ended, until AVO_SESSION_ENDED_COUNT others have: who opens a new one may ask what never ran. */
struct avo_session_ended {
    struct avo_session_name name;
    uint64_t user; /* the first bytes of its key */
    uint64_t admitted_below;
};

struct avo_session_ended_ring {
    struct avo_session_ended *sessions;
    uint32_t next;
};

struct avo_sessions {
    struct avo_session *sessions;
    struct avo_session_ended_ring ended[2]; /* unconfirmed ones apart: replayed HELLOs do not wash the others out */
    uint32_t capacity;
    uint32_t used_count;
    uint32_t generation;
    uint64_t begun_count;
};

/* Numbers begin anywhere: who does not see them cannot make up a REFUSAL that names one. */
AVO_MUST_USE bool avo_sessions_create(struct avo_sessions *sessions, struct avo_arena *arena, uint32_t capacity,
                                      struct avo_random *random);
/* The live session of that number; NULL when there is none (any more). */
struct avo_session *avo_session_find(const struct avo_sessions *sessions, uint32_t number);
/* The live session of that origin; NULL when there is none any more. */
struct avo_session *avo_session_find_origin(const struct avo_sessions *sessions, uint64_t origin);
/* The session that this HELLO already opened, or showed to live; NULL when there is none. */
struct avo_session *avo_session_find_hello(const struct avo_sessions *sessions, const uint8_t ephemeral[AVO_PUBLIC_KEY_BYTES]);
/* Its user shows another ticket of that key: the newer one counts from now on. An older one comes from somebody who repeats a
 * HELLO. */
void avo_session_renew(struct avo_session *session, const struct avo_ticket *ticket);
/* The live session of that name and user key; NULL when there is none (any more). */
struct avo_session *avo_session_find_former(const struct avo_sessions *sessions, struct avo_session_name name,
                                            const uint8_t user[AVO_PUBLIC_KEY_BYTES]);
/* Of the ended session of that name and user key: no request with this id or a higher one ran, or will. 0: not known (any more). */
uint64_t avo_session_admitted_below(const struct avo_sessions *sessions, struct avo_session_name name,
                                    const uint8_t user[AVO_PUBLIC_KEY_BYTES]);
/* Is it the HELLO that showed that `session` lives, not the one that opened it? */
bool avo_session_was_asked(const struct avo_session *session, const uint8_t ephemeral[AVO_PUBLIC_KEY_BYTES]);
/* The session that a new one of the user key `user` should take the place of: once a quarter of the table is this user's, one of
 * its own, so that nobody pushes the others out; else a free one; else any. Of these it is the one unused for longest; once more
 * than a quarter of them are unconfirmed, of the unconfirmed ones. Never NULL; the caller ends what is there. */
struct avo_session *avo_session_victim(const struct avo_sessions *sessions, const uint8_t user[AVO_PUBLIC_KEY_BYTES]);
/* Makes `session` a new one: fresh number, everything else zero. */
void avo_session_begin(struct avo_sessions *sessions, struct avo_session *session);
/* Wipes it but for what avo_session_admitted_below tells; its number never comes back until the generation wraps. */
void avo_session_end(struct avo_sessions *sessions, struct avo_session *session);
uint32_t avo_session_index(const struct avo_sessions *sessions, const struct avo_session *session);

/* What to do with a request id. AVO_OK: run it; AVO_EBUSY: it runs already, or asks for the outcome of what never came, do nothing;
 * AVO_ESTALE: answered before, do nothing; AVO_EREPLAY: done, *status is the remembered reply; AVO_EFORMAT: outside the window the
 * client promised. */
AVO_MUST_USE enum avo_error avo_session_admit(struct avo_session *session, const struct avo_request *request,
                                              enum avo_error *status);
/* The operation of an admitted id ended. A write's status is remembered and never run again under this id; a get may run again. */
void avo_session_finish(struct avo_session *session, uint64_t id, enum avo_error status);

#endif
