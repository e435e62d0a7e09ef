/* What members lack, and get: the newest view, the question of the choice that is under way, and whether they are alive. */
#include "cas/state.h"

static void send_choice(struct avo_cas *cas, uint32_t connection) {
    const struct avo_proposer *proposer = &cas->proposer;
    bool accepting = proposer->phase == AVO_PROPOSER_ACCEPTING;
    struct avo_choice choice = {.type = accepting ? AVO_CONTROL_ACCEPT : AVO_CONTROL_PREPARE,
                                .instance = proposer->configuration,
                                .ballot = proposer->ballot,
                                .proposal = accepting ? avo_slice(proposer->value, proposer->length) : AVO_SLICE_EMPTY};
    uint8_t bytes[AVO_CHOICE_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_choice_write(&writer, &choice);
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
}

/* [V6] Who is not in the view that is followed is not asked what follows it. */
static void ask(struct avo_cas *cas, uint8_t slot) {
    struct avo_cas_member *member = &cas->members[slot];
    const struct avo_proposer *proposer = &cas->proposer;
    bool asks = proposer->phase == AVO_PROPOSER_PREPARING || proposer->phase == AVO_PROPOSER_ACCEPTING;
    bool asked = member->asked_in_phase == proposer->phase && avo_ballot_compare(member->asked, proposer->ballot) == 0;
    if (asks && !asked && (proposer->voters >> slot & 1) != 0 && member->adopted_epoch == cas->view.epoch) {
        member->asked = proposer->ballot;
        member->asked_in_phase = proposer->phase;
        send_choice(cas, member->connection);
    }
}

void avo_cas_tell(struct avo_cas *cas, const struct avo_cas_event *event) {
    bool pings = event->kind == AVO_CAS_TICK && event->now_us >= cas->ping_due_us;
    cas->ping_due_us = pings ? event->now_us + AVO_CAS_PING_US : cas->ping_due_us;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        struct avo_cas_member *member = &cas->members[slot];
        if (member->connection == AVO_CAS_NOBODY) {
            continue;
        }
        if (member->told_epoch < cas->view.epoch) {
            member->told_epoch = cas->view.epoch;
            avo_cas_send_view(cas, member->connection);
        }
        ask(cas, slot);
        if (pings) {
            avo_cas_send_empty(cas, member->connection, AVO_CONTROL_PING);
        }
    }
}
