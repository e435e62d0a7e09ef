#include "protocol/control/choice.h"
#include "protocol/control/member.h"

static void ballot_write(struct avo_writer *writer, struct avo_ballot ballot) {
    avo_write_u32(writer, ballot.round);
    avo_write_u64(writer, ballot.proposer);
}

static struct avo_ballot ballot_read(struct avo_reader *reader) {
    struct avo_ballot ballot = {.round = avo_read_u32(reader)};
    ballot.proposer = avo_read_u64(reader);
    return ballot;
}

void avo_choice_write(struct avo_writer *writer, const struct avo_choice *choice) {
    avo_write_u8(writer, (uint8_t)choice->type);
    avo_control_configuration_write(writer, choice->instance);
    ballot_write(writer, choice->ballot);
    if (choice->type == AVO_CONTROL_PROMISE) {
        ballot_write(writer, choice->accepted);
    }
    if (choice->type == AVO_CONTROL_PROMISE || choice->type == AVO_CONTROL_ACCEPT) {
        avo_write_slice(writer, choice->proposal);
    }
}

/* A promise has a proposal if and only if something was accepted, below the ballot or in it. */
static bool promise_allowed(const struct avo_choice *choice) {
    if (choice->accepted.round == 0) {
        return choice->accepted.proposer == 0 && choice->proposal.length == 0;
    }
    return choice->proposal.length > 0 && avo_ballot_compare(choice->accepted, choice->ballot) <= 0;
}

enum avo_error avo_choice_read(struct avo_slice message, struct avo_choice *choice) {
    struct avo_reader reader = avo_reader(message);
    *choice = (struct avo_choice){.type = (enum avo_control_type)avo_read_u8(&reader)};
    bool known = choice->type >= AVO_CONTROL_PREPARE && choice->type <= AVO_CONTROL_NACK;
    choice->instance = avo_control_configuration_read(&reader);
    choice->ballot = ballot_read(&reader);
    if (choice->type == AVO_CONTROL_PROMISE) {
        choice->accepted = ballot_read(&reader);
    }
    if (choice->type == AVO_CONTROL_PROMISE || choice->type == AVO_CONTROL_ACCEPT) {
        choice->proposal = avo_read_slice(&reader, reader.left);
    }
    bool fits = choice->proposal.length <= AVO_PROPOSAL_MAX_BYTES;
    bool whole = choice->type == AVO_CONTROL_PROMISE  ? promise_allowed(choice)
                 : choice->type == AVO_CONTROL_ACCEPT ? choice->proposal.length > 0
                                                      : true;
    return avo_reader_done(&reader) && known && choice->ballot.round > 0 && fits && whole ? AVO_OK : AVO_EFORMAT;
}
