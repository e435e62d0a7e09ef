#include "tee/sim/execute.h"
#include "base/assert.h"

static enum avo_error execute(struct avo_platform *platform, const uint8_t *measurement, const struct avo_instruction *instruction,
                              struct avo_buffer *body) {
    switch (instruction->kind) {
    case AVO_INSTRUCTION_REPORT:
        body->length = AVO_INSTRUCTION_REPORT_BYTES;
        return avo_platform_report(platform, measurement, instruction->body.data,
                                   instruction->body.data + AVO_INSTRUCTION_TARGET_BYTES, body->data);
    case AVO_INSTRUCTION_QUOTE:
        return avo_platform_quote(platform, instruction->body.data, body);
    case AVO_INSTRUCTION_SEAL_KEY:
        avo_platform_seal_key(platform, measurement, body->data);
        body->length = AVO_INSTRUCTION_SEAL_KEY_BYTES;
        return AVO_OK;
    case AVO_INSTRUCTION_REPORT_KEY:
        avo_platform_report_key(platform, measurement, instruction->body.data, body->data);
        body->length = AVO_INSTRUCTION_REPORT_KEY_BYTES;
        return AVO_OK;
    }
    return AVO_EFORMAT;
}

void avo_instruction_execute(struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES], struct avo_slice request,
                             struct avo_buffer *answer) {
    AVO_ASSERT(answer->capacity >= AVO_INSTRUCTION_ANSWER_MAX_BYTES);
    struct avo_instruction instruction;
    struct avo_buffer body = {answer->data + 1, 0, answer->capacity - 1};
    enum avo_error error = avo_instruction_read(request, &instruction);
    if (error == AVO_OK) {
        error = execute(platform, measurement, &instruction, &body);
    }
    answer->data[0] = (uint8_t)error;
    answer->length = 1 + (error == AVO_OK ? body.length : 0);
}
