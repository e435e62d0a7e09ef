/* Any bytes as an instruction of a measured program, and as a program to be measured. */
#include "base/assert.h"
#include "tee/inside/instruction.h"
#include "tee/sim/measure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_instruction instruction;
    struct avo_slice bytes = avo_slice(data, size);
    if (avo_instruction_read(bytes, &instruction) == AVO_OK) {
        AVO_ASSERT(data[0] == instruction.kind && instruction.body.length == size - 1);
        AVO_ASSERT(size <= AVO_INSTRUCTION_REQUEST_MAX_BYTES);
    }
    if (avo_measure_check(bytes) == AVO_OK) {
        AVO_ASSERT(size > 0 && data[0] == 0x7f);
    }
    return 0;
}
