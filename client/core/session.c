#include "client/core/session.h"
#include "base/assert.h"

#define WINDOW_LEAST 16
#define WINDOW_CUT_EVERY_US AVO_CLIENT_RESEND_MIN_US

static uint16_t *place(struct avo_client_session *session, uint64_t id) {
    return &session->asked[id % AVO_SESSION_WINDOW];
}

bool avo_client_session_ask(struct avo_client_session *session, uint32_t index, uint64_t *id) {
    if (session->next_id >= session->answered_below + AVO_SESSION_WINDOW) {
        return false;
    }
    AVO_ASSERT(index < AVO_ASKED_NONE);
    *id = session->next_id++;
    *place(session, *id) = (uint16_t)index;
    return true;
}

uint32_t avo_client_session_asked(const struct avo_client_session *session, uint64_t id) {
    if (id < session->answered_below || id >= session->next_id) {
        return AVO_POOL_NONE;
    }
    uint16_t index = session->asked[id % AVO_SESSION_WINDOW];
    return index == AVO_ASKED_NONE ? AVO_POOL_NONE : index;
}

void avo_client_session_answered(struct avo_client_session *session, uint64_t id) {
    if (id < session->answered_below || id >= session->next_id) {
        return;
    }
    *place(session, id) = AVO_ASKED_NONE;
    while (session->answered_below < session->next_id && *place(session, session->answered_below) == AVO_ASKED_NONE) {
        session->answered_below++;
    }
}

uint64_t avo_client_session_timeout_us(const struct avo_client_session *session) {
    uint64_t answer_us = avo_rtt_timeout_us(&session->answers, AVO_CLIENT_RESEND_MIN_US, AVO_CLIENT_TIMEOUT_MAX_US);
    uint64_t way_us = avo_rtt_estimate_us(&session->path.rtt); /* probes tell it, even where each request is sent twice */
    way_us = way_us < AVO_CLIENT_TIMEOUT_MAX_US ? way_us : AVO_CLIENT_TIMEOUT_MAX_US;
    return answer_us > way_us ? answer_us : way_us;
}

uint64_t avo_client_session_silence_us(const struct avo_client_session *session) {
    uint32_t longer_us = session->path.rtt.smoothed_us;
    longer_us = session->answers.smoothed_us > longer_us ? session->answers.smoothed_us : longer_us;
    uint64_t silence_us = 3ULL * longer_us > AVO_CLIENT_SILENCE_US ? 3ULL * longer_us : AVO_CLIENT_SILENCE_US;
    return silence_us < AVO_CLIENT_TIMEOUT_MAX_US ? silence_us : AVO_CLIENT_TIMEOUT_MAX_US;
}

void avo_client_window_init(struct avo_client_session *session) {
    session->window = AVO_SESSION_WINDOW;
    session->window_answered = 0;
}

void avo_client_window_cut(struct avo_client_session *session, uint64_t now_us) {
    if (now_us < session->window_cut_us + WINDOW_CUT_EVERY_US) {
        return;
    }
    uint32_t half = session->sent.count / 2;
    half = half < session->window / 2 ? half : session->window / 2;
    session->window = half > WINDOW_LEAST ? half : WINDOW_LEAST;
    session->window_answered = 0;
    session->window_cut_us = now_us;
}

void avo_client_window_grow(struct avo_client_session *session) {
    if (session->window < AVO_SESSION_WINDOW && ++session->window_answered >= session->window) {
        session->window++;
        session->window_answered = 0;
    }
}
