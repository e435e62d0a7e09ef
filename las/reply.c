/* Effects: how handlers answer. */
#include "base/assert.h"
#include "las/state.h"

void avo_las_effects_begin(struct avo_las *las) {
    las->effect_bytes.length = 0;
    las->effect_count = 0;
}

void avo_las_effect(struct avo_las *las, enum avo_las_effect_kind kind, uint32_t local, struct avo_slice bytes) {
    struct avo_buffer *memory = &las->effect_bytes;
    uint8_t *copy = memory->data + memory->length;
    AVO_ASSERT(las->effect_count < las->effect_capacity);
    avo_copy(copy, memory->capacity - memory->length, bytes);
    memory->length += bytes.length;
    las->effects[las->effect_count++] = (struct avo_las_effect){kind, local, avo_slice(copy, bytes.length)};
}

void avo_las_send(struct avo_las *las, struct avo_slice message) {
    struct avo_buffer *memory = &las->effect_bytes;
    size_t before = memory->length;
    enum avo_error error = avo_secure_stream_write(&las->stream, message, memory);
    AVO_ASSERT(error == AVO_OK && las->effect_count < las->effect_capacity);
    las->effects[las->effect_count++] =
        (struct avo_las_effect){AVO_LAS_SEND, 0, avo_slice(memory->data + before, memory->length - before)};
}

void avo_las_answer(struct avo_las *las, uint32_t local, enum avo_local_type type, struct avo_slice body) {
    uint8_t bytes[AVO_LOCAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_local_write(&writer, type, las->locals[local].id, body);
    AVO_ASSERT(!writer.failed);
    avo_las_effect(las, AVO_LAS_ANSWER, local, avo_writer_slice(&writer));
}

void avo_las_refuse(struct avo_las *las, uint32_t local, const struct avo_text *text) {
    uint8_t bytes[AVO_LOCAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_local_refused_write(&writer, las->locals[local].id, text);
    AVO_ASSERT(!writer.failed);
    avo_las_effect(las, AVO_LAS_ANSWER, local, avo_writer_slice(&writer));
}

void avo_las_log(struct avo_las *las, const struct avo_text *text) {
    avo_las_effect(las, AVO_LAS_LOG, 0, avo_slice(text->bytes, text->length));
}

void avo_las_warn(struct avo_las *las, const struct avo_text *text) {
    avo_las_effect(las, AVO_LAS_WARN, 0, avo_slice(text->bytes, text->length));
}

void avo_las_end(struct avo_las *las, const struct avo_text *text) {
    struct avo_text line = {0};
    avo_text_add_string(&line, "LAS: ");
    avo_text_add(&line, avo_slice(text->bytes, text->length));
    for (uint32_t i = 0; i < las->config.local_max_count; i++) {
        if (las->locals[i].asked != AVO_LAS_ASKED_NOTHING) {
            avo_las_refuse(las, i, &line);
        }
    }
    las->phase = AVO_LAS_ENDED;
    las->registered = false;
    avo_las_effect(las, AVO_LAS_END, 0, avo_slice(text->bytes, text->length));
}

void avo_las_end_string(struct avo_las *las, const char *string) {
    struct avo_text text = {0};
    avo_text_add_string(&text, string);
    avo_las_end(las, &text);
}
