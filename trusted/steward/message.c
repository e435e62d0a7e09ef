/* The dispatcher of the CAS's messages, and what is in turn: it greets, it is asked, it answers; a member hears
 * of views, and asked what may follow them. */
#include "trusted/steward/steward_state.h"

static bool in_turn(const struct avo_steward *steward, enum avo_control_type type) {
    bool member = steward->phase == AVO_STEWARD_MEMBER;
    switch (type) {
    case AVO_CONTROL_HELLO:
        return !steward->greeted || steward->phase == AVO_STEWARD_WAITING;
    case AVO_CONTROL_WAIT:
        return steward->asked && steward->phase == AVO_STEWARD_TALKING;
    case AVO_CONTROL_REFUSED:
        return !member;
    case AVO_CONTROL_JOINED:
        return steward->phase == AVO_STEWARD_WAITING;
    case AVO_CONTROL_VIEW:
    case AVO_CONTROL_PING:
    case AVO_CONTROL_PREPARE:
    case AVO_CONTROL_ACCEPT:
        return member && steward->greeted;
    default:
        return false;
    }
}

static void dispatch(struct avo_steward *steward, enum avo_control_type type, struct avo_slice message) {
    switch (type) {
    case AVO_CONTROL_HELLO:
        avo_steward_on_hello(steward, message);
        break;
    case AVO_CONTROL_WAIT:
        avo_steward_on_wait(steward, message);
        break;
    case AVO_CONTROL_REFUSED:
        avo_steward_on_refused(steward, message);
        break;
    case AVO_CONTROL_JOINED:
        avo_steward_on_joined(steward, message);
        break;
    case AVO_CONTROL_PING:
        avo_steward_on_ping(steward, message);
        break;
    case AVO_CONTROL_PREPARE:
    case AVO_CONTROL_ACCEPT:
        avo_steward_on_choice(steward, message);
        break;
    default:
        avo_steward_on_view_message(steward, message);
        break;
    }
}

void avo_steward_message(struct avo_steward *steward, struct avo_slice message) {
    enum avo_control_type type = (enum avo_control_type)avo_control_type(message);
    if (in_turn(steward, type)) {
        dispatch(steward, type, message);
    } else {
        avo_steward_reject(steward, "CAS: it said something out of turn: install the same version on both");
    }
}
