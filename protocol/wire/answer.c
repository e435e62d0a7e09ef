#include "protocol/wire/answer.h"
#include "protocol/wire/field.h"

/* What `flags` holds. The two bits of `state` are enum avo_entry_state, whose home is the store. */
#define STATE_MASK 0x03
#define STATE_ABSENT 0
#define STATE_VALUE 1
#define FLAG_SAME 0x04
#define FLAG_VALUE 0x08
#define FLAG_FLOOR 0x10
#define FLAGS_KNOWN 0x1f

void avo_answer_write(struct avo_writer *writer, const struct avo_answer *answer) {
    unsigned flags = (answer->state & STATE_MASK) | (answer->same ? FLAG_SAME : 0U) | (answer->has_value ? FLAG_VALUE : 0U) |
                     (answer->floor != 0 ? FLAG_FLOOR : 0U);
    avo_write_u64(writer, answer->round);
    avo_write_u8(writer, (uint8_t)flags);
    avo_write_u8(writer, (uint8_t)answer->admits);
    if (!answer->same) {
        avo_version_write(writer, answer->version);
    }
    if (answer->floor != 0) {
        avo_write_u64(writer, answer->floor);
    }
    if (answer->has_value) {
        avo_write_slice(writer, answer->value);
    }
}

/* One encoding an answer: a value only of an entry that has one, a version exactly where something was ever written. */
static bool consistent(const struct avo_answer *answer, uint8_t flags) {
    bool written = answer->state != STATE_ABSENT;
    return flags <= FLAGS_KNOWN && (!answer->has_value || answer->state == STATE_VALUE) &&
           (answer->same || written != avo_version_is_none(answer->version)) && ((flags & FLAG_FLOOR) != 0) == (answer->floor != 0);
}

void avo_answer_read(struct avo_reader *reader, struct avo_answer *answer) {
    answer->round = avo_read_u64(reader);
    uint8_t flags = avo_read_u8(reader);
    answer->state = flags & STATE_MASK;
    answer->same = (flags & FLAG_SAME) != 0;
    answer->has_value = (flags & FLAG_VALUE) != 0;
    answer->admits = avo_field_result_read(reader);
    answer->version = answer->same ? AVO_VERSION_NONE : avo_version_read(reader);
    answer->floor = (flags & FLAG_FLOOR) != 0 ? avo_read_u64(reader) : 0;
    answer->value = avo_field_value_read(reader, answer->has_value);
    if (!consistent(answer, flags)) {
        avo_read_fail(reader);
    }
}
