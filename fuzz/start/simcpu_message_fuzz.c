/* Any bytes as what a starter asks of the simulated CPU, and as its answer: what is accepted is written back as the same bytes. */
#include "base/assert.h"
#include "tee/sim/message.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[AVO_SIMCPU_MESSAGE_MAX_BYTES];

/* From memory exactly as long, so that a sanitizer sees a step beyond. */
static void start_check(const uint8_t *data, size_t size) {
    struct avo_simcpu_arguments arguments;
    uint8_t *message = malloc(size + (size == 0));
    AVO_ASSERT(message != NULL);
    memcpy(message, data, size);
    if (avo_simcpu_start_read(message, size, &arguments) == AVO_OK) {
        const char *texts[AVO_SIMCPU_ARGUMENT_MAX_COUNT];
        memcpy(texts, arguments.text, arguments.count * sizeof texts[0]);
        AVO_ASSERT(arguments.count > 0 && arguments.text[arguments.count] == NULL);
        struct avo_writer writer = avo_writer(again, sizeof again);
        avo_simcpu_start_write(&writer, texts, arguments.count);
        AVO_ASSERT(!writer.failed && avo_slice_equal(avo_writer_slice(&writer), avo_slice(data, size)));
    }
    free(message);
}

static void answer_check(struct avo_slice message) {
    struct avo_simcpu_answer answer;
    if (avo_simcpu_answer_read(message, &answer) != AVO_OK) {
        return;
    }
    size_t why_bytes = strnlen(answer.why, sizeof answer.why);
    AVO_ASSERT(answer.kind != AVO_SIMCPU_START && why_bytes < sizeof answer.why);
    struct avo_writer writer = avo_writer(again, sizeof again);
    avo_simcpu_answer_write(&writer, &answer);
    struct avo_slice written = avo_writer_slice(&writer);
    bool whole = answer.kind != AVO_SIMCPU_REFUSED || written.length == message.length; /* a long reason is cut, or at a zero */
    AVO_ASSERT(!writer.failed && written.length <= message.length);
    AVO_ASSERT(avo_slice_equal(written, avo_slice_part(message, 0, whole ? message.length : written.length)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size <= AVO_SIMCPU_MESSAGE_MAX_BYTES) {
        start_check(data, size);
        answer_check(avo_slice(data, size));
    }
    return 0;
}
