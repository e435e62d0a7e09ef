#include "protocol/control/member.h"
#include "protocol/view/view.h"

void avo_control_configuration_write(struct avo_writer *writer, struct avo_configuration configuration) {
    avo_write_u32(writer, configuration.epoch);
    avo_write_u64(writer, configuration.generation);
}

struct avo_configuration avo_control_configuration_read(struct avo_reader *reader) {
    struct avo_configuration configuration = {.epoch = avo_read_u32(reader)};
    configuration.generation = avo_read_u64(reader);
    if (configuration.epoch == 0 || configuration.generation > AVO_GENERATION_MAX) {
        avo_read_fail(reader);
    }
    return configuration;
}

void avo_member_report_write(struct avo_writer *writer, const struct avo_member_report *report) {
    avo_write_u8(writer, AVO_CONTROL_MEMBER);
    avo_write_u32(writer, report->adopted_epoch);
    avo_write_u32(writer, report->synced_epoch);
    avo_write_slice(writer, report->signed_view);
}

enum avo_error avo_member_report_read(struct avo_slice message, struct avo_member_report *report) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_MEMBER);
    report->adopted_epoch = avo_read_u32(&reader);
    report->synced_epoch = avo_read_u32(&reader);
    report->signed_view = avo_read_slice(&reader, reader.left);
    if (report->signed_view.length == 0 || report->signed_view.length > AVO_VIEW_MAX_BYTES) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}

void avo_adopted_write(struct avo_writer *writer, struct avo_configuration configuration) {
    avo_write_u8(writer, AVO_CONTROL_ADOPTED);
    avo_control_configuration_write(writer, configuration);
}

enum avo_error avo_adopted_read(struct avo_slice message, struct avo_configuration *configuration) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_ADOPTED);
    *configuration = avo_control_configuration_read(&reader);
    return avo_control_end(&reader);
}

void avo_synced_write(struct avo_writer *writer, uint32_t epoch) {
    avo_write_u8(writer, AVO_CONTROL_SYNCED);
    avo_write_u32(writer, epoch);
}

enum avo_error avo_synced_read(struct avo_slice message, uint32_t *epoch) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_SYNCED);
    *epoch = avo_read_u32(&reader);
    return avo_control_end(&reader);
}
