#include "trusted/worker/session.h"
#include "base/assert.h"
#include "base/secret.h"
#include <string.h>

#define INDEX_BITS 10
#define INDEX_MASK ((1U << INDEX_BITS) - 1)

_Static_assert(AVO_SESSION_MAX_COUNT <= 1U << INDEX_BITS, "a session's index fits its number");

bool avo_sessions_create(struct avo_sessions *sessions, struct avo_arena *arena, uint32_t capacity, struct avo_random *random) {
    AVO_ASSERT(capacity > 0 && capacity <= AVO_SESSION_MAX_COUNT);
    *sessions = (struct avo_sessions){.capacity = capacity};
    avo_random_fill(random, &sessions->generation, sizeof sessions->generation);
    sessions->sessions = avo_arena_take(arena, capacity, sizeof *sessions->sessions);
    for (int i = 0; i < 2; i++) {
        sessions->ended[i].sessions = avo_arena_take(arena, AVO_SESSION_ENDED_COUNT, sizeof *sessions->ended[i].sessions);
        if (sessions->ended[i].sessions == NULL) {
            return false;
        }
    }
    return sessions->sessions != NULL;
}

uint32_t avo_session_index(const struct avo_sessions *sessions, const struct avo_session *session) {
    return (uint32_t)(session - sessions->sessions);
}

struct avo_session *avo_session_find(const struct avo_sessions *sessions, uint32_t number) {
    uint32_t index = number & INDEX_MASK;
    if (number == 0 || index >= sessions->capacity || sessions->sessions[index].number != number) {
        return NULL;
    }
    return &sessions->sessions[index];
}

struct avo_session *avo_session_find_origin(const struct avo_sessions *sessions, uint64_t origin) {
    uint64_t index = origin & INDEX_MASK;
    if (origin == 0 || index >= sessions->capacity || sessions->sessions[index].origin != origin) {
        return NULL;
    }
    return &sessions->sessions[index];
}

bool avo_session_was_asked(const struct avo_session *session, const uint8_t ephemeral[AVO_PUBLIC_KEY_BYTES]) {
    return session->asked_welcome_bytes > 0 && memcmp(session->asked_ephemeral, ephemeral, AVO_PUBLIC_KEY_BYTES) == 0;
}

struct avo_session *avo_session_find_hello(const struct avo_sessions *sessions, const uint8_t ephemeral[AVO_PUBLIC_KEY_BYTES]) {
    for (uint32_t i = 0; i < sessions->capacity; i++) {
        struct avo_session *session = &sessions->sessions[i];
        bool opened = memcmp(session->hello_ephemeral, ephemeral, AVO_PUBLIC_KEY_BYTES) == 0;
        if (session->number != 0 && (opened || avo_session_was_asked(session, ephemeral))) {
            return session;
        }
    }
    return NULL;
}

static bool is_of_user(const struct avo_session *session, const uint8_t user[AVO_PUBLIC_KEY_BYTES]) {
    return memcmp(session->ticket.public_key, user, AVO_PUBLIC_KEY_BYTES) == 0;
}

struct avo_session *avo_session_find_former(const struct avo_sessions *sessions, struct avo_session_name name,
                                            const uint8_t user[AVO_PUBLIC_KEY_BYTES]) {
    struct avo_session *session = avo_session_find(sessions, name.node_number);
    bool same = session != NULL && session->client_number == name.client_number && is_of_user(session, user);
    return same ? session : NULL;
}

void avo_session_renew(struct avo_session *session, const struct avo_ticket *ticket) {
    AVO_ASSERT(is_of_user(session, ticket->public_key));
    if (avo_ticket_newer(ticket, &session->ticket)) {
        session->ticket = *ticket;
    }
}

uint64_t avo_session_admitted_below(const struct avo_sessions *sessions, struct avo_session_name name,
                                    const uint8_t user[AVO_PUBLIC_KEY_BYTES]) {
    for (uint32_t i = 0; i < 2 * AVO_SESSION_ENDED_COUNT; i++) {
        const struct avo_session_ended *ended = &sessions->ended[i % 2].sessions[i / 2];
        if (ended->name.node_number == name.node_number && ended->name.client_number == name.client_number &&
            ended->admitted_below > 0 && memcmp(&ended->user, user, sizeof ended->user) == 0) {
            return ended->admitted_below;
        }
    }
    return 0;
}

static void ended_note(struct avo_sessions *sessions, const struct avo_session *session) {
    struct avo_session_ended_ring *ring = &sessions->ended[session->confirmed];
    struct avo_session_ended *ended = &ring->sessions[ring->next];
    ring->next = (ring->next + 1) % AVO_SESSION_ENDED_COUNT;
    ended->name = (struct avo_session_name){session->number, session->client_number};
    ended->admitted_below = session->admitted_below;
    memcpy(&ended->user, session->ticket.public_key, sizeof ended->user);
}

/* What some of the sessions are like. */
struct census {
    uint32_t count;
    uint32_t unconfirmed_count;
    struct avo_session *oldest;
    struct avo_session *oldest_unconfirmed;
};

static struct avo_session *older(struct avo_session *oldest, struct avo_session *session) {
    return oldest == NULL || session->used_us < oldest->used_us ? session : oldest;
}

static void census_add(struct census *census, struct avo_session *session) {
    census->count++;
    census->oldest = older(census->oldest, session);
    if (!session->confirmed) {
        census->unconfirmed_count++;
        census->oldest_unconfirmed = older(census->oldest_unconfirmed, session);
    }
}

/* Replayed HELLOs never confirm: beyond a quarter they take the places of one another. */
static struct avo_session *census_victim(const struct census *census, uint32_t capacity) {
    return census->unconfirmed_count > capacity / 4 ? census->oldest_unconfirmed : census->oldest;
}

struct avo_session *avo_session_victim(const struct avo_sessions *sessions, const uint8_t user[AVO_PUBLIC_KEY_BYTES]) {
    struct census all = {0};
    struct census own = {0};
    struct avo_session *unused = NULL;
    uint32_t share = sessions->capacity / 4;
    for (uint32_t i = 0; i < sessions->capacity; i++) {
        struct avo_session *session = &sessions->sessions[i];
        if (session->number == 0) {
            unused = unused == NULL ? session : unused;
            continue;
        }
        census_add(&all, session);
        if (is_of_user(session, user)) {
            census_add(&own, session);
        }
    }
    if (own.count >= share && own.count > 0) {
        return census_victim(&own, share);
    }
    return unused != NULL ? unused : census_victim(&all, sessions->capacity);
}

void avo_session_begin(struct avo_sessions *sessions, struct avo_session *session) {
    AVO_ASSERT(session->number == 0);
    sessions->generation = sessions->generation % (UINT32_MAX >> INDEX_BITS) + 1;
    memset(session, 0, sizeof *session);
    session->number = sessions->generation << INDEX_BITS | avo_session_index(sessions, session);
    session->origin = ++sessions->begun_count << INDEX_BITS | avo_session_index(sessions, session);
    session->batch = AVO_POOL_NONE;
    session->answered_below = 1;
    session->admitted_below = 1;
    sessions->used_count++;
}

void avo_session_end(struct avo_sessions *sessions, struct avo_session *session) {
    if (session->number == 0) {
        return;
    }
    ended_note(sessions, session);
    avo_secret_wipe(session, sizeof *session);
    sessions->used_count--;
}

/* Forgets the ids below the new bound, which the client has the replies of. */
static void window_move(struct avo_session *session, uint64_t answered_below) {
    for (uint64_t id = session->answered_below; id < answered_below && id - session->answered_below < AVO_SESSION_WINDOW; id++) {
        session->ids[id % AVO_SESSION_WINDOW] = AVO_ID_NEW;
    }
    session->answered_below = answered_below;
}

enum avo_error avo_session_admit(struct avo_session *session, const struct avo_request *request, enum avo_error *status) {
    if (request->id == UINT64_MAX || request->answered_below > request->id ||
        request->id - request->answered_below >= AVO_SESSION_WINDOW) {
        return AVO_EFORMAT;
    }
    if (request->answered_below > session->answered_below) {
        window_move(session, request->answered_below);
    }
    if (request->id < session->answered_below) {
        return AVO_ESTALE;
    }
    if (request->id - session->answered_below >= AVO_SESSION_WINDOW) {
        return AVO_EFORMAT;
    }
    uint8_t *state = &session->ids[request->id % AVO_SESSION_WINDOW];
    if (*state == AVO_ID_READING || *state == AVO_ID_WRITING) {
        return AVO_EBUSY;
    }
    if (*state >= AVO_ID_DONE) {
        *status = (enum avo_error)(*state - AVO_ID_DONE);
        return AVO_EREPLAY;
    }
    if (request->operation == AVO_OPERATION_OUTCOME) {
        return AVO_EBUSY; /* of what is not here, nor will be under this name: nothing to say */
    }
    *state = request->operation == AVO_OPERATION_GET ? AVO_ID_READING : AVO_ID_WRITING;
    session->admitted_below = request->id >= session->admitted_below ? request->id + 1 : session->admitted_below;
    return AVO_OK;
}

void avo_session_finish(struct avo_session *session, uint64_t id, enum avo_error status) {
    if (id < session->answered_below || id - session->answered_below >= AVO_SESSION_WINDOW) {
        return;
    }
    uint8_t *state = &session->ids[id % AVO_SESSION_WINDOW];
    *state = (uint8_t)(*state == AVO_ID_WRITING ? AVO_ID_DONE + status : AVO_ID_NEW);
}
