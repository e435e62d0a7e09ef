/* Control messages: no reader crashes, and what is read is written back as the very same bytes. */
#include "base/assert.h"
#include "protocol/control/choice.h"
#include "protocol/control/evidence.h"
#include "protocol/control/hello.h"
#include "protocol/control/join.h"
#include "protocol/control/las.h"
#include "protocol/control/local.h"
#include "protocol/control/member.h"
#include "protocol/control/recover.h"
#include "protocol/control/status.h"
#include "protocol/control/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_small(struct avo_slice message, struct avo_writer *writer) {
    struct avo_hello hello;
    struct avo_ticket_request ticket;
    struct avo_text text;
    enum avo_error refused;
    uint8_t nonce[AVO_NONCE32_BYTES];
    if (avo_hello_read(message, &hello) == AVO_OK) {
        avo_hello_write(writer, &hello);
    } else if (avo_ticket_request_read(message, &ticket) == AVO_OK) {
        avo_ticket_request_write(writer, &ticket);
    } else if (avo_control_refused_read(message, &refused, &text) == AVO_OK) {
        avo_control_refused_write(writer, refused, &text);
    } else if (avo_evidence_request_read(message, nonce) == AVO_OK) {
        avo_evidence_request_write(writer, nonce);
    }
}

static void read_large(struct avo_slice message, struct avo_writer *writer) {
    struct avo_join_request join;
    struct avo_joined joined;
    struct avo_las_request las;
    struct avo_slice body;
    struct avo_evidence_reply evidence;
    struct avo_recover recover;
    if (avo_join_request_read(message, &join) == AVO_OK) {
        avo_join_request_write(writer, &join);
    } else if (avo_las_request_read(message, &las) == AVO_OK) {
        avo_las_request_write(writer, &las);
    } else if (avo_joined_read(message, &joined) == AVO_OK) {
        avo_joined_write(writer, &joined);
    } else if (avo_evidence_reply_read(message, &evidence) == AVO_OK) {
        avo_evidence_reply_write(writer, &evidence);
    } else if (avo_recover_read(message, &recover) == AVO_OK) {
        avo_recover_write(writer, &recover);
    } else if (avo_control_bytes_read(message, AVO_CONTROL_APPROVE, AVO_HASH_BYTES, &body) == AVO_OK) {
        avo_control_bytes_write(writer, AVO_CONTROL_APPROVE, body);
    }
}

static void read_member(struct avo_slice message, struct avo_writer *writer) {
    struct avo_member_report report;
    struct avo_configuration configuration;
    struct avo_choice choice;
    uint32_t epoch;
    if (avo_member_report_read(message, &report) == AVO_OK) {
        avo_member_report_write(writer, &report);
    } else if (avo_adopted_read(message, &configuration) == AVO_OK) {
        avo_adopted_write(writer, configuration);
    } else if (avo_synced_read(message, &epoch) == AVO_OK) {
        avo_synced_write(writer, epoch);
    } else if (avo_choice_read(message, &choice) == AVO_OK) {
        AVO_ASSERT(choice.ballot.round > 0 && choice.proposal.length <= AVO_PROPOSAL_MAX_BYTES);
        avo_choice_write(writer, &choice);
    }
}

/* What passes between an enclave and its LAS, and a voucher: nobody but the key it names made one. */
static void read_local(struct avo_slice message) {
    uint8_t memory[AVO_LOCAL_MAX_BYTES];
    struct avo_local_message local;
    struct avo_voucher voucher;
    struct avo_writer writer = avo_writer(memory, sizeof memory);
    if (avo_local_read(message, &local) == AVO_OK) {
        avo_local_write(&writer, local.type, local.id, local.body);
        struct avo_slice back = avo_writer_slice(&writer); /* in our version, which may be the one before or after the sender's */
        AVO_ASSERT(!writer.failed &&
                   avo_slice_equal(avo_slice(message.data + 1, message.length - 1), avo_slice(back.data + 1, back.length - 1)));
    }
    if (avo_voucher_read(message, &voucher) == AVO_OK) {
        AVO_ASSERT(voucher.report_body.length == AVO_REPORT_BODY_BYTES);
        (void)avo_voucher_check(message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t memory[AVO_STREAM_MESSAGE_MAX_BYTES];
    static struct avo_genesis_status status;
    struct avo_slice message = avo_slice(data, size);
    struct avo_writer writer = avo_writer(memory, sizeof memory);
    read_local(message);
    read_small(message, &writer);
    if (writer.length == 0) {
        read_large(message, &writer);
    }
    if (writer.length == 0) {
        read_member(message, &writer);
    }
    if (writer.length == 0 && avo_genesis_status_read(message, &status) == AVO_OK) {
        avo_genesis_status_write(&writer, &status);
    }
    if (writer.length > 0) {
        struct avo_slice back = avo_writer_slice(&writer); /* in our version, which may be the one before or after the sender's */
        AVO_ASSERT(!writer.failed &&
                   avo_slice_equal(avo_slice(message.data + 1, message.length - 1), avo_slice(back.data + 1, back.length - 1)));
    }
    return 0;
}
