#include "protocol/control/status.h"
#include "protocol/control/join.h"

static void slot_write(struct avo_writer *writer, const struct avo_slot_status *slot) {
    avo_write_u8(writer, slot->joined);
    if (slot->joined) {
        avo_write_u32(writer, slot->member.incarnation);
        avo_write_u8(writer, (uint8_t)slot->member.tee);
        avo_write_u8(writer, slot->member.simulated);
        avo_write_bytes(writer, slot->member.measurement, sizeof slot->member.measurement);
        avo_write_bytes(writer, slot->member.channel_public_key, sizeof slot->member.channel_public_key);
        avo_control_address_write(writer, &slot->member.address);
        avo_write_bytes(writer, slot->member.las, sizeof slot->member.las);
    }
    avo_text_write(writer, &slot->refusal);
}

static bool read_flag(struct avo_reader *reader) {
    uint8_t flag = avo_read_u8(reader);
    if (flag > 1) {
        avo_read_fail(reader);
    }
    return flag == 1;
}

static void slot_read(struct avo_reader *reader, uint8_t index, struct avo_slot_status *slot) {
    *slot = (struct avo_slot_status){.joined = read_flag(reader)};
    if (slot->joined) {
        slot->member.slot = index;
        slot->member.role = AVO_ROLE_VOTING;
        slot->member.incarnation = avo_read_u32(reader);
        slot->member.tee = (enum avo_tee)avo_read_u8(reader);
        slot->member.simulated = read_flag(reader);
        avo_read_bytes(reader, slot->member.measurement, sizeof slot->member.measurement);
        avo_read_bytes(reader, slot->member.channel_public_key, sizeof slot->member.channel_public_key);
        slot->member.address = avo_control_address_read(reader);
        avo_read_bytes(reader, slot->member.las, sizeof slot->member.las);
    }
    avo_text_read(reader, &slot->refusal);
}

void avo_genesis_status_write(struct avo_writer *writer, const struct avo_genesis_status *status) {
    avo_write_u8(writer, AVO_CONTROL_STATUS);
    avo_write_u8(writer, (uint8_t)status->phase);
    avo_write_u32(writer, status->policy_version);
    avo_write_u32(writer, status->vendor_verifications);
    avo_write_u8(writer, status->slot_count);
    for (uint8_t i = 0; i < status->slot_count; i++) {
        slot_write(writer, &status->slots[i]);
    }
    if (status->has_view) {
        avo_view_write(writer, &status->view);
    }
}

enum avo_error avo_genesis_status_read(struct avo_slice message, struct avo_genesis_status *status) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_STATUS);
    *status = (struct avo_genesis_status){.phase = (enum avo_genesis_phase)avo_read_u8(&reader)};
    status->policy_version = avo_read_u32(&reader);
    status->vendor_verifications = avo_read_u32(&reader);
    status->slot_count = avo_read_u8(&reader);
    if (status->phase < AVO_GENESIS_NO_POLICY || status->phase > AVO_GENESIS_FORMED || status->slot_count > AVO_SLOT_MAX_COUNT) {
        return AVO_EFORMAT;
    }
    for (uint8_t i = 0; i < status->slot_count; i++) {
        slot_read(&reader, i, &status->slots[i]);
    }
    status->has_view = reader.left > 0;
    if (status->has_view && avo_view_read(avo_read_slice(&reader, reader.left), &status->view) != AVO_OK) {
        return AVO_EFORMAT;
    }
    return avo_control_end(&reader);
}
