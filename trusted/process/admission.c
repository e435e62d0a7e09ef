#include "trusted/process/admission.h"
#include "trusted/process/doorbell.h"
#include "trusted/process/exit.h"
#include <string.h>

_Static_assert(AVO_EVIDENCE_MAX_BYTES >= AVO_TEE_EVIDENCE_MAX_BYTES, "evidence fits");

/* A CAS that cannot read the first message, made for another key, says nothing and hangs up. A few times may be chance, and so does
 * whatever stands between when the CAS is down: it is said, and tried again. */
#define SILENT_SAY_COUNT 3

static _Noreturn void end_refused(const struct avo_admission *admission) {
    bool proven = admission->join.stream.ready; /* else its key is none */
    avo_process_end(proven ? AVO_EXIT_REFUSED : AVO_EXIT_CAS_KEY, "slot %u: %s", admission->config.join.launch->slot,
                    admission->join.reason.bytes);
}

/* Sends what it can of `out`. True when nothing is left. */
static bool out_flush(struct avo_admission *admission) {
    while (avo_relay_flush(&admission->writer, &admission->to_host) && admission->out_sent < admission->out.length) {
        size_t left = admission->out.length - admission->out_sent;
        size_t chunk = left < AVO_RELAY_CHUNK_MAX_BYTES ? left : AVO_RELAY_CHUNK_MAX_BYTES;
        struct avo_slice bytes = avo_slice(admission->out.data + admission->out_sent, chunk);
        if (!avo_relay_write(&admission->writer, &admission->to_host, AVO_RELAY_BYTES, bytes)) {
            return false;
        }
        admission->out_sent += chunk;
    }
    if (admission->out_sent < admission->out.length) {
        return false;
    }
    admission->out.length = 0;
    admission->out_sent = 0;
    if (admission->closing && avo_relay_write(&admission->writer, &admission->to_host, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY)) {
        admission->closing = false;
    }
    struct avo_slice message = avo_slice(admission->to_las, admission->to_las_length);
    if (message.length > 0 && avo_relay_write(&admission->writer, &admission->to_host, AVO_RELAY_LAS, message)) {
        admission->to_las_length = 0;
    }
    return avo_relay_flush(&admission->writer, &admission->to_host) && !admission->closing && admission->to_las_length == 0;
}

/* Lines become rare when nothing changes. */
static bool is_power_of_two(uint32_t count) {
    return (count & (count - 1)) == 0;
}

static void try_again(struct avo_admission *admission) {
    admission->open = false;
    admission->closing = true;
    admission->out.length = 0;
    admission->out_sent = 0;
    admission->lost_count++;
    if (is_power_of_two(admission->lost_count)) {
        avo_process_say(AVO_LOG_WARN, "slot %u: %s; trying again (%u times so far)", admission->config.join.launch->slot,
                        admission->join.reason.bytes, admission->lost_count);
    }
}

static void give_quote(struct avo_admission *admission) {
    struct avo_buffer quote = {admission->evidence, 0, sizeof admission->evidence};
    enum avo_error error = admission->config.tee->evidence(admission->join.report_data, &quote);
    if (error != AVO_OK) {
        avo_process_say(AVO_LOG_WARN, "slot %u: the CPU gave no evidence: %s", admission->config.join.launch->slot,
                        avo_error_text(error));
        quote.length = 0;
    }
    (void)avo_join_evidence(&admission->join, AVO_EVIDENCE_BY_VENDOR, avo_buffer_slice(&quote), &admission->out);
}

static struct avo_writer las_writer(struct avo_admission *admission) {
    return avo_writer(admission->to_las, sizeof admission->to_las);
}

/* The vendor's quote at once; a voucher when the LAS has answered (on_las). */
static void give_evidence(struct avo_admission *admission) {
    if (!admission->config.join.launch->via_las) {
        give_quote(admission);
        return;
    }
    if (admission->config.tee->local_report == NULL) {
        avo_process_end(AVO_EXIT_LAUNCH, "slot %u: %s has no local reports: start the node without --las",
                        admission->config.join.launch->slot, admission->config.tee->name);
    }
    avo_process_say(AVO_LOG_INFO, "slot %u: at the CAS: asks the LAS of this machine to vouch for it",
                    admission->config.join.launch->slot);
    struct avo_writer writer = las_writer(admission);
    avo_vouch_start(&admission->vouch, &writer);
    admission->to_las_length = writer.length;
}

static void give_report(struct avo_admission *admission) {
    uint8_t report[AVO_TEE_LOCAL_REPORT_BYTES];
    struct avo_writer writer = las_writer(admission);
    enum avo_error error = admission->config.tee->local_report(admission->vouch.target, admission->join.report_data, report);
    if (error != AVO_OK) {
        avo_process_end(AVO_EXIT_MACHINE, "slot %u: the CPU gave no report: %s", admission->config.join.launch->slot,
                        avo_error_text(error));
    }
    (void)avo_vouch_report(&admission->vouch, report, &writer);
    admission->to_las_length = writer.length;
}

/* An answer of the LAS, or what the host says is one: the CAS judges it. */
static void on_las(struct avo_admission *admission, struct avo_slice message) {
    if (!admission->open || admission->join.state != AVO_JOIN_NEED_EVIDENCE) {
        return; /* for a connection that is gone: a JOIN made of it would go to the next one */
    }
    enum avo_vouch_state state = avo_vouch_read(&admission->vouch, message);
    if (state == AVO_VOUCH_NEED_REPORT) {
        give_report(admission);
    } else if (state == AVO_VOUCH_DONE) {
        admission->vouch.state = AVO_VOUCH_IDLE;
        (void)avo_join_evidence(&admission->join, AVO_EVIDENCE_BY_LAS, AVO_SLICE_OF(admission->vouch.voucher), &admission->out);
    } else if (state == AVO_VOUCH_FAILED) {
        avo_process_end(AVO_EXIT_LAS, "slot %u: the LAS would not vouch for this enclave: %s", admission->config.join.launch->slot,
                        admission->vouch.reason.bytes);
    }
}

static void on_opened(struct avo_admission *admission) {
    if (admission->join.state != 0) {
        avo_join_finish(&admission->join);
    }
    admission->out.length = 0;
    admission->out_sent = 0;
    admission->to_las_length = 0;
    admission->open = true;
    admission->answered = false;
    avo_join_start(&admission->join, &admission->config.join, &admission->out);
}

static void on_closed(struct avo_admission *admission) {
    if (!admission->open) {
        return;
    }
    admission->open = false;
    admission->out.length = 0;
    admission->out_sent = 0;
    admission->silent_count = admission->answered ? 0 : admission->silent_count + 1;
    if (admission->silent_count >= SILENT_SAY_COUNT && is_power_of_two(admission->silent_count - SILENT_SAY_COUNT + 1)) {
        avo_process_say(AVO_LOG_WARN,
                        "slot %u: CAS: it hangs up without proving the pinned key: is it down behind a proxy? does --cas-key have "
                        "the key of this CAS, as in cas/public.key? trying again",
                        admission->config.join.launch->slot);
    } else if (admission->answered) {
        avo_process_say(AVO_LOG_WARN, "slot %u: CAS: the connection ended before this enclave was a member; trying again",
                        admission->config.join.launch->slot);
    }
}

static void on_bytes(struct avo_admission *admission, struct avo_slice bytes) {
    admission->answered = true;
    while (admission->open && bytes.length > 0) {
        enum avo_join_state before = admission->join.state;
        enum avo_join_state state = avo_join_read(&admission->join, &bytes, &admission->out);
        if (state == AVO_JOIN_NEED_EVIDENCE) {
            give_evidence(admission);
        }
        if (admission->join.state == AVO_JOIN_FAILED && admission->join.lost) {
            try_again(admission);
            return;
        }
        if (admission->join.state == AVO_JOIN_FAILED) {
            end_refused(admission);
        }
        if (state == AVO_JOIN_WAITING && before != AVO_JOIN_WAITING) {
            avo_process_say(AVO_LOG_INFO, "slot %u: at the CAS: waiting for its policy, or for the other members",
                            admission->config.join.launch->slot);
        }
        if (state == AVO_JOIN_DONE) {
            return;
        }
        if (admission->join.state == AVO_JOIN_NEED_EVIDENCE && bytes.length > 0) { /* the LAS has not answered */
            avo_process_end(AVO_EXIT_REFUSED, "slot %u: CAS: it said something out of turn: install the same version on both",
                            admission->config.join.launch->slot);
        }
    }
}

/* Takes one frame, if the last answer is out. False when there was nothing to do. */
static bool step(struct avo_admission *admission) {
    struct avo_relay_frame frame;
    if (!out_flush(admission)) {
        return false;
    }
    enum avo_error error = avo_relay_read(&admission->reader, &admission->from_host, &frame);
    if (error == AVO_EBUSY) {
        return false;
    }
    if (error != AVO_OK) {
        avo_process_end(AVO_EXIT_MACHINE, "slot %u: the host breaks the rules of the control stream",
                        admission->config.join.launch->slot);
    }
    switch (frame.kind) {
    case AVO_RELAY_OPENED:
        on_opened(admission);
        break;
    case AVO_RELAY_CLOSED:
        on_closed(admission);
        break;
    case AVO_RELAY_BYTES:
        on_bytes(admission, frame.bytes);
        break;
    case AVO_RELAY_LAS:
        on_las(admission, frame.bytes);
        break;
    case AVO_RELAY_DONE:
        break; /* not for this direction; harmless */
    }
    (void)out_flush(admission);
    return true;
}

static void admission_init(struct avo_admission *admission, const struct avo_admission_config *config) {
    const struct avo_region_layout *layout = &config->join.launch->layout;
    admission->config = *config;
    admission->from_host = avo_region_stream_inbound(config->region, layout);
    admission->to_host = avo_region_stream_outbound(config->region, layout);
    admission->out = (struct avo_buffer){admission->out_memory, 0, sizeof admission->out_memory};
}

const struct avo_identity *avo_admission_run(struct avo_admission *admission, const struct avo_admission_config *config) {
    admission_init(admission, config);
    while (admission->join.state != AVO_JOIN_DONE) {
        if (step(admission)) {
            avo_doorbell_ring(config->doorbell_fd);
        } else {
            avo_doorbell_wait(config->doorbell_fd);
        }
    }
    avo_join_finish(&admission->join);
    while (!out_flush(admission) || !avo_relay_write(&admission->writer, &admission->to_host, AVO_RELAY_DONE, AVO_SLICE_EMPTY)) {
        avo_doorbell_wait(config->doorbell_fd);
    }
    avo_doorbell_ring(config->doorbell_fd);
    return &admission->join.identity;
}
