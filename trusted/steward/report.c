/* [V5, V6] What the CAS must know before it proposes the next view: which view this member knows, which one all its workers are in,
 * and for which one they have pulled all keys. */
#include "trusted/steward/steward_state.h"

static uint32_t oldest(const struct avo_steward *steward, const uint32_t *epochs) {
    uint32_t epoch = UINT32_MAX;
    for (uint32_t i = 0; i < steward->config.launch->layout.worker_count; i++) {
        epoch = epochs[i] < epoch ? epochs[i] : epoch;
    }
    return epoch;
}

uint32_t avo_steward_adopted_epoch(const struct avo_steward *steward) {
    return oldest(steward, steward->adopted_epoch);
}

static void send(struct avo_steward *steward, const struct avo_writer *writer) {
    if (!avo_steward_send(steward, avo_writer_slice(writer))) {
        avo_steward_break_off(steward, "CAS: it asked more at once than the control stream takes");
    }
}

void avo_steward_report_member(struct avo_steward *steward) {
    uint8_t bytes[16 + AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_member_report report = {.adopted_epoch = avo_steward_adopted_epoch(steward),
                                       .synced_epoch = oldest(steward, steward->synced_epoch),
                                       .signed_view = avo_slice(steward->signed_view.bytes, steward->signed_view.length)};
    avo_member_report_write(&writer, &report);
    steward->shown_epoch = steward->view.epoch;
    steward->reported_epoch = report.adopted_epoch;
    steward->reported_synced_epoch = report.synced_epoch;
    send(steward, &writer);
}

static void report_adopted(struct avo_steward *steward, uint32_t epoch) {
    uint8_t bytes[AVO_ADOPTED_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_adopted_write(&writer, (struct avo_configuration){epoch, steward->view.generation});
    steward->reported_epoch = epoch;
    send(steward, &writer);
}

static void report_synced(struct avo_steward *steward, uint32_t epoch) {
    uint8_t bytes[AVO_SYNCED_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_synced_write(&writer, epoch);
    steward->reported_synced_epoch = epoch;
    send(steward, &writer);
}

void avo_steward_report(struct avo_steward *steward) {
    uint32_t adopted = avo_steward_adopted_epoch(steward);
    uint32_t synced = oldest(steward, steward->synced_epoch);
    if (steward->phase != AVO_STEWARD_MEMBER || !steward->connected || !steward->greeted) {
        return; /* the CAS learns it on the next connection */
    }
    if (steward->shown_epoch < steward->view.epoch) {
        avo_steward_report_member(steward);
        return;
    }
    if (steward->reported_epoch < adopted && adopted == steward->view.epoch) {
        report_adopted(steward, adopted);
    }
    if (steward->connected && steward->reported_synced_epoch < synced) {
        report_synced(steward, synced);
    }
}
