#include "tee/sim/message.h"
#include <string.h>

void avo_simcpu_start_write(struct avo_writer *writer, const char *const *arguments, size_t argument_count) {
    writer->failed |= argument_count == 0 || argument_count > AVO_SIMCPU_ARGUMENT_MAX_COUNT;
    avo_write_u32(writer, AVO_SIMCPU_MAGIC);
    avo_write_u8(writer, AVO_SIMCPU_START);
    avo_write_u8(writer, (uint8_t)argument_count);
    for (size_t i = 0; !writer->failed && i < argument_count; i++) {
        size_t length = strlen(arguments[i]) + 1;
        writer->failed |= length > UINT16_MAX;
        avo_write_u16(writer, (uint16_t)length);
        avo_write_bytes(writer, arguments[i], length);
    }
}

/* One argument: terminated, and nowhere else a zero. */
static bool argument_valid(struct avo_slice argument) {
    return argument.length > 0 && memchr(argument.data, 0, argument.length) == argument.data + argument.length - 1;
}

enum avo_error avo_simcpu_start_read(uint8_t *message, size_t length, struct avo_simcpu_arguments *arguments) {
    struct avo_reader reader = avo_reader(avo_slice(message, length));
    bool start = avo_read_u32(&reader) == AVO_SIMCPU_MAGIC && avo_read_u8(&reader) == AVO_SIMCPU_START;
    *arguments = (struct avo_simcpu_arguments){.count = avo_read_u8(&reader)};
    if (!start || arguments->count == 0 || arguments->count > AVO_SIMCPU_ARGUMENT_MAX_COUNT) {
        return AVO_EFORMAT;
    }
    for (uint8_t i = 0; i < arguments->count; i++) {
        uint16_t bytes = avo_read_u16(&reader);
        size_t offset = length - reader.left;
        if (!argument_valid(avo_read_slice(&reader, bytes))) {
            return AVO_EFORMAT;
        }
        arguments->text[i] = (char *)message + offset;
    }
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}

void avo_simcpu_answer_write(struct avo_writer *writer, const struct avo_simcpu_answer *answer) {
    avo_write_u32(writer, AVO_SIMCPU_MAGIC);
    avo_write_u8(writer, (uint8_t)answer->kind);
    switch (answer->kind) {
    case AVO_SIMCPU_STARTED:
        avo_write_u32(writer, answer->process_id);
        avo_write_bytes(writer, answer->measurement, sizeof answer->measurement);
        break;
    case AVO_SIMCPU_ENDED:
        avo_write_u32(writer, answer->wait_status);
        break;
    case AVO_SIMCPU_REFUSED:
        avo_write_bytes(writer, answer->why, strnlen(answer->why, sizeof answer->why - 1));
        break;
    case AVO_SIMCPU_START:
        writer->failed = true;
        break;
    }
}

static void refusal_read(struct avo_reader *reader, struct avo_simcpu_answer *answer) {
    struct avo_slice text = avo_read_slice(reader, reader->left);
    size_t length = text.length < sizeof answer->why ? text.length : sizeof answer->why - 1;
    avo_copy((uint8_t *)answer->why, sizeof answer->why - 1, avo_slice_part(text, 0, length));
}

enum avo_error avo_simcpu_answer_read(struct avo_slice message, struct avo_simcpu_answer *answer) {
    struct avo_reader reader = avo_reader(message);
    if (avo_read_u32(&reader) != AVO_SIMCPU_MAGIC) {
        return AVO_EFORMAT;
    }
    uint8_t kind = avo_read_u8(&reader);
    *answer = (struct avo_simcpu_answer){.kind = (enum avo_simcpu_kind)kind};
    switch (kind) {
    case AVO_SIMCPU_STARTED:
        answer->process_id = avo_read_u32(&reader);
        avo_read_bytes(&reader, answer->measurement, sizeof answer->measurement);
        break;
    case AVO_SIMCPU_ENDED:
        answer->wait_status = avo_read_u32(&reader);
        break;
    case AVO_SIMCPU_REFUSED:
        refusal_read(&reader, answer);
        break;
    default:
        return AVO_EFORMAT;
    }
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}
