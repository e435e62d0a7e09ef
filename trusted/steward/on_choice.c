/* The CAS asks this member, as a voter, which view may follow the one it is in [V7]. A member that knows a newer view shows it; one
 * that is not in the view yet with all its workers says nothing, and is asked when it is. */
#include "protocol/view/successor.h"
#include "trusted/steward/steward_state.h"

static void answer(struct avo_steward *steward, const struct avo_choice *choice) {
    uint8_t bytes[AVO_CHOICE_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_choice_write(&writer, choice);
    if (!avo_steward_send(steward, avo_writer_slice(&writer))) {
        avo_steward_break_off(steward, "CAS: it asked more at once than the control stream takes");
    }
}

static void on_prepare(struct avo_steward *steward, const struct avo_choice *asked) {
    struct avo_acceptor *acceptor = &steward->acceptor;
    bool promised = avo_acceptor_prepare(acceptor, asked->ballot);
    struct avo_choice reply = {.type = AVO_CONTROL_NACK, .instance = asked->instance, .ballot = acceptor->promised};
    if (promised) {
        reply.type = AVO_CONTROL_PROMISE;
        reply.accepted = acceptor->accepted;
        reply.proposal = avo_slice(acceptor->proposal, acceptor->length);
    }
    answer(steward, &reply);
}

/* [V4, V6] A proposal that may not follow is not accepted, whatever its proposer. */
static void on_accept(struct avo_steward *steward, const struct avo_choice *asked) {
    struct avo_acceptor *acceptor = &steward->acceptor;
    struct avo_view next;
    if (avo_view_read(asked->proposal, &next) != AVO_OK ||
        !avo_view_follows(&steward->view, acceptor->configuration.generation, &next)) {
        avo_steward_reject(steward, "CAS: it proposed a view that may not follow this one: look at the log of avocado-cas");
        return;
    }
    bool accepted = avo_acceptor_accept(acceptor, asked->ballot, asked->proposal);
    struct avo_choice reply = {.type = accepted ? AVO_CONTROL_ACCEPTED : AVO_CONTROL_NACK,
                               .instance = asked->instance,
                               .ballot = accepted ? asked->ballot : acceptor->promised};
    answer(steward, &reply);
}

static bool votes(const struct avo_steward *steward) {
    const struct avo_member *own = avo_view_member(&steward->view, steward->config.launch->slot);
    return own != NULL && own->role == AVO_ROLE_VOTING;
}

void avo_steward_on_choice(struct avo_steward *steward, struct avo_slice message) {
    struct avo_choice asked;
    if (avo_choice_read(message, &asked) != AVO_OK) {
        avo_steward_reject(steward, "CAS: it said something malformed: look at the log of avocado-cas");
    } else if (asked.instance.epoch < steward->view.epoch) {
        avo_steward_report_member(steward);
    } else if (avo_configuration_compare(asked.instance, steward->acceptor.configuration) == 0 && votes(steward)) {
        if (asked.type == AVO_CONTROL_PREPARE) {
            on_prepare(steward, &asked);
        } else {
            on_accept(steward, &asked);
        }
    }
}
