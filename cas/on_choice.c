/* A member's answer in a choice [V7]. What belongs to another instance or ballot is late, and ignored. */
#include "cas/state.h"
#include "protocol/view/successor.h"

/* What an acceptor took before was a view that may follow this one, or the acceptor is no enclave of ours. */
static bool promise_sound(const struct avo_cas *cas, const struct avo_choice *choice) {
    struct avo_view next;
    return choice->accepted.round == 0 ||
           (avo_view_read(choice->proposal, &next) == AVO_OK && avo_view_follows(&cas->view, choice->instance.generation, &next));
}

static void on_nack(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_ballot promised) {
    uint16_t wait = 0;
    enum avo_proposer_phase before = cas->proposer.phase;
    avo_proposer_on_nack(&cas->proposer, promised);
    if (before != cas->proposer.phase) { /* another CAS: it may have had a newer view chosen */
        cas->current = false;
        avo_random_fill(cas->config.random, &wait, sizeof wait);
        cas->prepare_due_us = event->now_us + (uint64_t)wait * AVO_CAS_PREPARE_WAIT_US / UINT16_MAX;
    }
}

void avo_cas_on_choice(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_proposer *proposer = &cas->proposer;
    uint8_t slot = avo_cas_slot_of(cas, event->connection);
    struct avo_choice choice;
    if (avo_choice_read(message, &choice) != AVO_OK) {
        avo_cas_close(cas, event->connection, "a malformed answer in a choice");
        return;
    }
    if (avo_configuration_compare(choice.instance, proposer->configuration) != 0) {
        return;
    }
    if (choice.type == AVO_CONTROL_PROMISE && promise_sound(cas, &choice)) {
        avo_proposer_on_promise(proposer, slot, choice.ballot, choice.accepted, choice.proposal);
    } else if (choice.type == AVO_CONTROL_ACCEPTED) {
        avo_proposer_on_accepted(proposer, slot, choice.ballot);
    } else if (choice.type == AVO_CONTROL_NACK) {
        on_nack(cas, event, choice.ballot);
    } else {
        avo_cas_close(cas, event->connection, "an answer in a choice that is none");
    }
}
