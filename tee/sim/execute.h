/* Executes one instruction request of a measured program: bytes in, bytes out. */
#ifndef AVO_TEE_SIM_EXECUTE_H
#define AVO_TEE_SIM_EXECUTE_H

#include "tee/sim/platform.h"

/* `answer` (capacity at least AVO_INSTRUCTION_ANSWER_MAX_BYTES) receives the answer; a request that does not parse is answered
 * AVO_EFORMAT. */
void avo_instruction_execute(struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES], struct avo_slice request,
                             struct avo_buffer *answer);

#endif
