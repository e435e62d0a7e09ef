/* Sessions: the at-most-once window against a naive twin, eviction, numbers that do not come back. */
#include "base/random.h"
#include "trusted/worker/session.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAPACITY 32

struct fixture {
    struct avo_sessions sessions;
    struct avo_prng prng;
    void *memory;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    size_t bytes =
        (CAPACITY + 1) * (sizeof(struct avo_session) + 128) + 2 * AVO_SESSION_ENDED_COUNT * sizeof(struct avo_session_ended);
    fixture->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    memset(fixture->memory, 0, bytes);
    struct avo_arena arena = avo_arena(fixture->memory, bytes);
    fixture->prng = avo_prng(7);
    assert_true(avo_sessions_create(&fixture->sessions, &arena, CAPACITY, &fixture->prng.random));
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    free(fixture->memory);
    free(fixture);
    return 0;
}

static struct avo_session *open_session_of(struct avo_sessions *sessions, uint8_t user, uint64_t used_us, bool confirmed) {
    uint8_t key[AVO_PUBLIC_KEY_BYTES] = {user};
    struct avo_session *session = avo_session_victim(sessions, key);
    avo_session_end(sessions, session);
    avo_session_begin(sessions, session);
    memcpy(session->ticket.public_key, key, sizeof key);
    session->used_us = used_us;
    session->confirmed = confirmed;
    return session;
}

/* Each call is another user. */
static struct avo_session *open_session(struct avo_sessions *sessions, uint64_t used_us, bool confirmed) {
    return open_session_of(sessions, (uint8_t)(1 + sessions->generation % 200), used_us, confirmed);
}

static enum avo_error admit(struct avo_session *session, enum avo_operation operation, uint64_t id, uint64_t answered_below,
                            enum avo_error *status) {
    struct avo_request request = {.id = id, .answered_below = answered_below, .operation = operation};
    return avo_session_admit(session, &request, status);
}

static void test_a_write_runs_at_most_once(void **state) {
    struct fixture *fixture = *state;
    struct avo_session *session = open_session(&fixture->sessions, 1, true);
    enum avo_error status = AVO_OK;
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 1, 1, &status), AVO_OK);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 1, 1, &status), AVO_EBUSY);
    assert_int_equal(admit(session, AVO_OPERATION_OUTCOME, 1, 1, &status), AVO_EBUSY);
    avo_session_finish(session, 1, AVO_EFULL);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 1, 1, &status), AVO_EREPLAY);
    assert_int_equal(status, AVO_EFULL);
    status = AVO_OK;
    assert_int_equal(admit(session, AVO_OPERATION_OUTCOME, 1, 1, &status), AVO_EREPLAY);
    assert_int_equal(status, AVO_EFULL);
    assert_int_equal(admit(session, AVO_OPERATION_OUTCOME, 2, 1, &status),
                     AVO_EBUSY); /* it never came: nothing to tell, nothing runs */
    assert_int_equal(session->admitted_below, 2);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 2, 2, &status), AVO_OK);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 1, 1, &status), AVO_ESTALE);
    avo_session_finish(session, 1, AVO_OK); /* late: below the window, forgotten */
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 1, 1, &status), AVO_ESTALE);
}

static void test_a_get_may_run_again(void **state) {
    struct fixture *fixture = *state;
    struct avo_session *session = open_session(&fixture->sessions, 1, true);
    enum avo_error status = AVO_OK;
    assert_int_equal(admit(session, AVO_OPERATION_GET, 1, 1, &status), AVO_OK);
    assert_int_equal(admit(session, AVO_OPERATION_GET, 1, 1, &status), AVO_EBUSY);
    avo_session_finish(session, 1, AVO_OK);
    assert_int_equal(admit(session, AVO_OPERATION_GET, 1, 1, &status), AVO_OK);
}

static void test_the_window_is_bounded(void **state) {
    struct fixture *fixture = *state;
    struct avo_session *session = open_session(&fixture->sessions, 1, true);
    enum avo_error status = AVO_OK;
    assert_int_equal(admit(session, AVO_OPERATION_PUT, AVO_SESSION_WINDOW, 1, &status), AVO_OK);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, AVO_SESSION_WINDOW + 1, 1, &status), AVO_EFORMAT);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 5, 6, &status), AVO_EFORMAT);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, UINT64_MAX, 1, &status), AVO_EFORMAT);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, UINT64_MAX, UINT64_MAX, &status), AVO_EFORMAT);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, UINT64_MAX - 1, UINT64_MAX - 1, &status), AVO_OK);
    assert_true(session->admitted_below == UINT64_MAX);
}

/* Every id of a long, disorderly session: a write that ended is never admitted again. */
static void test_window_against_twin(void **state) {
    enum { IDS = 20000 };
    static uint8_t ended[IDS + 1];
    memset(ended, 0, sizeof ended);
    struct fixture *fixture = *state;
    struct avo_session *session = open_session(&fixture->sessions, 1, true);
    struct avo_prng prng = avo_prng(42);
    uint64_t answered_below = 1;
    for (uint32_t step = 0; step < 400000 && answered_below < IDS - AVO_SESSION_WINDOW; step++) {
        uint64_t id = answered_below + avo_prng_below(&prng, 64);
        id -= avo_prng_chance(&prng, 1, 8) && id > 40 ? 40 : 0; /* a packet from long ago */
        uint64_t below = id < answered_below ? id : answered_below;
        enum avo_error status = AVO_OK;
        enum avo_error error = admit(session, AVO_OPERATION_PUT, id, below, &status);
        assert_int_not_equal(error, AVO_EFORMAT);
        if (error == AVO_OK) {
            assert_int_equal(ended[id], 0);
            ended[id] = 1;
            avo_session_finish(session, id, AVO_OK);
        }
        while (answered_below < IDS && ended[answered_below] && avo_prng_chance(&prng, 3, 4)) {
            answered_below++;
        }
    }
    assert_true(answered_below > IDS / 2);
}

static void test_numbers_do_not_come_back(void **state) {
    struct fixture *fixture = *state;
    struct avo_session *session = open_session(&fixture->sessions, 1, false);
    uint32_t number = session->number;
    assert_ptr_equal(avo_session_find(&fixture->sessions, number), session);
    avo_session_end(&fixture->sessions, session);
    assert_null(avo_session_find(&fixture->sessions, number));
    assert_null(avo_session_find(&fixture->sessions, 0));
    for (int i = 0; i < 100; i++) {
        session = open_session(&fixture->sessions, 1, false);
        assert_int_not_equal(session->number, number);
        avo_session_end(&fixture->sessions, session);
    }
    for (uint64_t guess = 0; guess < 100000; guess++) {
        assert_null(avo_session_find(&fixture->sessions, (uint32_t)guess * 2654435761U));
    }
}

/* A number has 32 bits on the wire and may come back after millions of sessions; a reply of an operation that outlived its session
 * must not go to the session that has the number then. */
static void test_origins_never_come_back(void **state) {
    struct fixture *fixture = *state;
    struct avo_session *session = open_session(&fixture->sessions, 1, false);
    uint32_t number = session->number;
    uint64_t origin = session->origin;
    assert_ptr_equal(avo_session_find_origin(&fixture->sessions, origin), session);
    avo_session_end(&fixture->sessions, session);
    assert_null(avo_session_find_origin(&fixture->sessions, origin));
    assert_null(avo_session_find_origin(&fixture->sessions, 0));
    fixture->sessions.generation += (UINT32_MAX >> 10) - 1; /* as many later as there are numbers */
    session = open_session(&fixture->sessions, 1, false);
    assert_int_equal(session->number, number);
    assert_null(avo_session_find_origin(&fixture->sessions, origin));
    assert_ptr_equal(avo_session_find_origin(&fixture->sessions, session->origin), session);
}

/* Replayed HELLOs, which never confirm, cannot push confirmed sessions out. */
static void test_eviction_spares_confirmed_sessions(void **state) {
    struct fixture *fixture = *state;
    uint32_t confirmed[CAPACITY / 2];
    for (uint32_t i = 0; i < CAPACITY / 2; i++) {
        confirmed[i] = open_session(&fixture->sessions, 1 + i, true)->number;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        open_session(&fixture->sessions, 1000 + i, false);
    }
    for (uint32_t i = 0; i < CAPACITY / 2; i++) {
        assert_non_null(avo_session_find(&fixture->sessions, confirmed[i]));
    }
    assert_int_equal(fixture->sessions.used_count, CAPACITY);
}

/* Replayed HELLOs of one user, whose share of the table is full, do not push that user's own sessions out either: no more of them
 * than a quarter of the share. */
static void test_replays_spare_the_users_own_sessions(void **state) {
    struct fixture *fixture = *state;
    enum { SHARE = CAPACITY / 4 };
    uint32_t confirmed[SHARE];
    uint32_t left = 0;
    for (uint32_t i = 0; i < SHARE; i++) {
        confirmed[i] = open_session_of(&fixture->sessions, 255, 1 + i, true)->number;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        open_session_of(&fixture->sessions, 255, 1000 + i, false);
    }
    for (uint32_t i = 0; i < SHARE; i++) {
        left += avo_session_find(&fixture->sessions, confirmed[i]) != NULL;
    }
    assert_int_equal(left, SHARE - SHARE / 4 - 1);
    assert_int_equal(fixture->sessions.used_count, SHARE);
}

/* A user with a ticket holds a quarter of the table at most, and pushes nobody out but itself. */
static void test_one_user_cannot_push_the_others_out(void **state) {
    struct fixture *fixture = *state;
    uint32_t others[CAPACITY - CAPACITY / 4];
    for (uint32_t i = 0; i < AVO_COUNT(others); i++) {
        others[i] = open_session(&fixture->sessions, 1 + i, true)->number;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        open_session_of(&fixture->sessions, 255, 1000 + i, true);
    }
    for (uint32_t i = 0; i < AVO_COUNT(others); i++) {
        assert_non_null(avo_session_find(&fixture->sessions, others[i]));
    }
}

/* Who opens a session in the place of one that ended learns what never ran there: of its own alone, and never too little. */
static void test_an_ended_session_tells_what_never_ran(void **state) {
    struct fixture *fixture = *state;
    struct avo_sessions *sessions = &fixture->sessions;
    const uint8_t user[AVO_PUBLIC_KEY_BYTES] = {7}, other[AVO_PUBLIC_KEY_BYTES] = {8};
    enum avo_error status = AVO_OK;
    struct avo_session *session = open_session_of(sessions, 7, 1, true);
    session->client_number = 99;
    struct avo_session_name name = {session->number, 99}, stranger = {session->number, 98};
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 5, 1, &status), AVO_OK);
    assert_int_equal(admit(session, AVO_OPERATION_PUT, 3, 1, &status), AVO_OK);
    assert_ptr_equal(avo_session_find_former(sessions, name, user), session);
    assert_null(avo_session_find_former(sessions, name, other));
    assert_null(avo_session_find_former(sessions, stranger, user));
    assert_int_equal(avo_session_admitted_below(sessions, name, user), 0); /* it lives: more may run */
    avo_session_end(sessions, session);
    assert_null(avo_session_find_former(sessions, name, user));
    assert_int_equal(avo_session_admitted_below(sessions, name, user), 6);
    assert_int_equal(avo_session_admitted_below(sessions, name, other), 0);
    assert_int_equal(avo_session_admitted_below(sessions, stranger, user), 0);
    assert_int_equal(avo_session_admitted_below(sessions, (struct avo_session_name){0}, user), 0);
    for (uint32_t i = 0; i < 10 * AVO_SESSION_ENDED_COUNT; i++) { /* replayed HELLOs */
        avo_session_end(sessions, open_session_of(sessions, 7, 1, false));
    }
    for (uint32_t i = 1; i < AVO_SESSION_ENDED_COUNT; i++) {
        avo_session_end(sessions, open_session_of(sessions, 7, 1, true));
    }
    assert_int_equal(avo_session_admitted_below(sessions, name, user), 6);
    avo_session_end(sessions, open_session_of(sessions, 7, 1, true));
    assert_int_equal(avo_session_admitted_below(sessions, name, user), 0); /* forgotten: not known */
}

/* A HELLO is known by its ephemeral key: the one that opened the session, or the last that took it for dead. */
static void a_hello_is_known_by_its_ephemeral_key(void **state) {
    struct fixture *fixture = *state;
    const uint8_t opened[AVO_PUBLIC_KEY_BYTES] = {1}, asked[AVO_PUBLIC_KEY_BYTES] = {2}, other[AVO_PUBLIC_KEY_BYTES] = {3};
    struct avo_session *session = open_session(&fixture->sessions, 1, true);
    memcpy(session->hello_ephemeral, opened, sizeof opened);
    memcpy(session->asked_ephemeral, asked, sizeof asked);
    assert_ptr_equal(avo_session_find_hello(&fixture->sessions, opened), session);
    assert_null(avo_session_find_hello(&fixture->sessions, asked)); /* none did yet */
    session->asked_welcome_bytes = 1;
    assert_ptr_equal(avo_session_find_hello(&fixture->sessions, asked), session);
    assert_true(avo_session_was_asked(session, asked));
    assert_false(avo_session_was_asked(session, opened));
    assert_null(avo_session_find_hello(&fixture->sessions, other));
    avo_session_end(&fixture->sessions, session);
    assert_null(avo_session_find_hello(&fixture->sessions, opened));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hello_is_known_by_its_ephemeral_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_write_runs_at_most_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_get_may_run_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_window_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_window_against_twin, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_do_not_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_origins_never_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_eviction_spares_confirmed_sessions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replays_spare_the_users_own_sessions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_user_cannot_push_the_others_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_ended_session_tells_what_never_ran, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
