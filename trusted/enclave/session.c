#include "trusted/enclave/session.h"
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

struct avo_session *avo_session_find_hello(const struct avo_sessions *sessions, const uint8_t ephemeral[AVO_PUBLIC_KEY_BYTES]) {
    for (uint32_t i = 0; i < sessions->capacity; i++) {
        struct avo_session *session = &sessions->sessions[i];
        if (session->number != 0 && memcmp(session->hello_ephemeral, ephemeral, AVO_PUBLIC_KEY_BYTES) == 0) {
            return session;
        }
    }
    return NULL;
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
        if (memcmp(session->ticket.public_key, user, AVO_PUBLIC_KEY_BYTES) == 0) {
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
    sessions->used_count++;
}

void avo_session_end(struct avo_sessions *sessions, struct avo_session *session) {
    if (session->number != 0) {
        avo_secret_wipe(session, sizeof *session);
        sessions->used_count--;
    }
}

/* Forgets the ids below the new bound, which the client has the replies of. */
static void window_move(struct avo_session *session, uint64_t answered_below) {
    for (uint64_t id = session->answered_below; id < answered_below && id < session->answered_below + AVO_SESSION_WINDOW; id++) {
        session->ids[id % AVO_SESSION_WINDOW] = AVO_ID_NEW;
    }
    session->answered_below = answered_below;
}

enum avo_error avo_session_admit(struct avo_session *session, const struct avo_request *request, enum avo_error *status) {
    if (request->answered_below > request->id || request->id - request->answered_below >= AVO_SESSION_WINDOW) {
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
    *state = request->operation == AVO_OPERATION_GET ? AVO_ID_READING : AVO_ID_WRITING;
    return AVO_OK;
}

void avo_session_finish(struct avo_session *session, uint64_t id, enum avo_error status) {
    if (id < session->answered_below || id - session->answered_below >= AVO_SESSION_WINDOW) {
        return;
    }
    uint8_t *state = &session->ids[id % AVO_SESSION_WINDOW];
    *state = (uint8_t)(*state == AVO_ID_WRITING ? AVO_ID_DONE + status : AVO_ID_NEW);
}
