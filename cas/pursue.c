/* What is under way goes on at the end of each step: which view follows the newest one [V7], what must be written, what members
 * lack. Handlers only note; so a step sends each member each thing once, whatever came in it. */
#include "cas/state.h"
#include "protocol/view/successor.h"

static void propose_wanted(struct avo_cas *cas) {
    struct avo_view next;
    uint8_t bytes[AVO_PROPOSAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    if (cas->policy_fits && avo_cas_want(cas, &next) &&
        avo_view_follows(&cas->view, cas->proposer.configuration.generation, &next)) { /* as acceptors judge it: else it waits */
        avo_view_write(&writer, &next);
        avo_proposer_propose(&cas->proposer, avo_writer_slice(&writer));
    }
}

/* [V7] A quorum promised, and none of it knew a newer view, or it would have shown it. What was found must be finished first. */
static void on_ready(struct avo_cas *cas) {
    if (cas->proposer.found.round > 0) {
        avo_proposer_propose(&cas->proposer, AVO_SLICE_EMPTY);
        return;
    }
    if (!cas->current) {
        cas->current = true;
        avo_cas_log_string(cas, "a majority of the members knows no newer view: this CAS admits and issues tickets");
    }
    propose_wanted(cas);
}

/* [V1] Only what is chosen is signed as chosen; nobody sees it before it is written. */
static void sign(struct avo_cas *cas) {
    struct avo_slice value = avo_slice(cas->proposer.value, cas->proposer.length);
    if (avo_view_read(value, &cas->chosen_view) == AVO_OK) { /* it was checked when it was wanted or found */
        avo_view_sign(&cas->chosen_view, cas->sign_secret, &cas->chosen);
    }
}

static void choose(struct avo_cas *cas, const struct avo_cas_event *event) {
    struct avo_proposer *proposer = &cas->proposer;
    bool idle = proposer->phase == AVO_PROPOSER_IDLE && event->now_us >= cas->prepare_due_us;
    if (idle && !avo_proposer_prepare(proposer)) {
        return; /* at the end of rounds, and never current */
    }
    if (proposer->phase == AVO_PROPOSER_READY) {
        on_ready(cas);
    }
    if (proposer->phase == AVO_PROPOSER_CHOSEN && cas->chosen.length == 0) {
        sign(cas);
    }
}

/* The shell answers one thing a step. */
static bool answer_awaited(const struct avo_cas *cas) {
    bool awaited = cas->writing != AVO_CAS_WRITING_NOTHING;
    for (uint32_t i = 0; i < cas->effect_count; i++) {
        awaited |= cas->effects[i].kind == AVO_CAS_NEED_EVIDENCE;
    }
    return awaited;
}

static void save(struct avo_cas *cas, const struct avo_cas_event *event) {
    if (answer_awaited(cas) || event->now_us < cas->write_due_us) {
        return;
    }
    if (cas->chosen.length > 0) {
        cas->writing = AVO_CAS_WRITING_CHOSEN;
        cas->writing_epoch = cas->chosen_view.epoch;
        avo_cas_persist(cas, &cas->chosen);
    } else if (cas->unsaved && cas->policy_fits) { /* without its policy the file before is the better one */
        cas->writing = AVO_CAS_WRITING_LEARNED;
        cas->writing_epoch = cas->view.epoch;
        avo_cas_persist(cas, &cas->signed_view);
    }
}

void avo_cas_pursue(struct avo_cas *cas, const struct avo_cas_event *event) {
    if (cas->phase == AVO_CAS_FORMED) {
        choose(cas, event);
        save(cas, event);
        avo_cas_tell(cas, event);
    }
}

static void say_chosen(struct avo_cas *cas) {
    struct avo_text line = {0};
    unsigned voting = 0;
    for (uint8_t i = 0; i < cas->view.member_count; i++) {
        voting += cas->view.members[i].role == AVO_ROLE_VOTING;
    }
    avo_text_add_count(&line, "view ", cas->view.epoch, " is chosen: ");
    avo_text_add_count(&line, "", voting, " members vote, ");
    avo_text_add_count(&line, "", cas->view.member_count - voting, " join");
    avo_cas_log(cas, &line);
}

static void install(struct avo_cas *cas) {
    cas->view = cas->chosen_view;
    cas->signed_view = cas->chosen;
    cas->chosen.length = 0;
    cas->unsaved = false;
    say_chosen(cas);
    avo_cas_follow(cas);
    avo_cas_welcome(cas);
}

static void say_unwritten(struct avo_cas *cas, const struct avo_cas_event *event) {
    struct avo_text line = {0};
    avo_text_add_count(&line, "view ", cas->chosen.length > 0 ? cas->chosen_view.epoch : cas->view.epoch,
                       ": the CAS could not write its state, tries again and tells nobody before: ");
    avo_text_add(&line, event->bytes);
    avo_cas_warn(cas, &line);
}

void avo_cas_on_written(struct avo_cas *cas, const struct avo_cas_event *event) {
    enum avo_cas_writing wrote = cas->writing;
    cas->writing = AVO_CAS_WRITING_NOTHING;
    if (wrote == AVO_CAS_WRITING_NOTHING) {
        return;
    }
    if (event->error != AVO_OK) {
        cas->write_due_us = event->now_us + AVO_CAS_WRITE_RETRY_US;
        say_unwritten(cas, event);
    } else if (wrote == AVO_CAS_WRITING_CHOSEN && cas->chosen.length > 0 && cas->chosen_view.epoch == cas->writing_epoch) {
        install(cas);
    } else if (wrote == AVO_CAS_WRITING_LEARNED && cas->view.epoch == cas->writing_epoch) {
        cas->unsaved = false;
    }
}
