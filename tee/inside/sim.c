/* In the simulated CPU: each method is one instruction over the channel that it left in the program. Its bytes are SGX's. */
#include "tee/inside/inside.h"
#include "tee/inside/instruction.h"
#include <string.h>
#include <sys/socket.h>

#define MEASUREMENT_OFFSET 64 /* of MRENCLAVE in a report */

_Static_assert(AVO_INSTRUCTION_REPORT_DATA_BYTES == AVO_TEE_REPORT_DATA_BYTES, "one size");
_Static_assert(AVO_INSTRUCTION_QUOTE_MAX_BYTES <= AVO_TEE_EVIDENCE_MAX_BYTES, "a quote fits");
_Static_assert(AVO_INSTRUCTION_SEAL_KEY_BYTES == AVO_TEE_SEAL_KEY_BYTES, "one size");
_Static_assert(AVO_INSTRUCTION_TARGET_BYTES == AVO_TEE_TARGET_BYTES, "one size");
_Static_assert(AVO_INSTRUCTION_REPORT_BYTES == AVO_TEE_LOCAL_REPORT_BYTES, "one size");
_Static_assert(AVO_INSTRUCTION_KEY_ID_BYTES == AVO_TEE_KEY_ID_BYTES, "one size");
_Static_assert(AVO_INSTRUCTION_REPORT_KEY_BYTES == AVO_TEE_REPORT_KEY_BYTES, "one size");
_Static_assert(AVO_INSTRUCTION_FIRST_PASSED_FD == AVO_TEE_FIRST_PASSED_FD, "one place");

static bool present(void) {
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(AVO_INSTRUCTION_FD, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

static enum avo_error evidence(const uint8_t report_data[AVO_TEE_REPORT_DATA_BYTES], struct avo_buffer *quote) {
    return avo_simcpu_evidence(AVO_INSTRUCTION_FD, report_data, quote);
}

static enum avo_error seal_key(uint8_t key[AVO_TEE_SEAL_KEY_BYTES]) {
    return avo_simcpu_seal_key(AVO_INSTRUCTION_FD, key);
}

static enum avo_error local_report(const uint8_t target[AVO_TEE_TARGET_BYTES], const uint8_t report_data[AVO_TEE_REPORT_DATA_BYTES],
                                   uint8_t report[AVO_TEE_LOCAL_REPORT_BYTES]) {
    return avo_simcpu_report(AVO_INSTRUCTION_FD, target, report_data, report);
}

static enum avo_error own_target(uint8_t target[AVO_TEE_TARGET_BYTES]) {
    static const uint8_t anybody[AVO_TEE_TARGET_BYTES], nothing[AVO_TEE_REPORT_DATA_BYTES];
    uint8_t report[AVO_TEE_LOCAL_REPORT_BYTES];
    enum avo_error error = local_report(anybody, nothing, report);
    if (error == AVO_OK) {
        memcpy(target, report + MEASUREMENT_OFFSET, AVO_TEE_TARGET_BYTES);
    }
    return error;
}

static enum avo_error report_key(const uint8_t key_id[AVO_TEE_KEY_ID_BYTES], uint8_t key[AVO_TEE_REPORT_KEY_BYTES]) {
    return avo_simcpu_report_key(AVO_INSTRUCTION_FD, key_id, key);
}

const struct avo_tee_inside avo_tee_inside_sim = {
    .name = "the simulated CPU",
    .kind = AVO_TEE_SGX,
    .simulated = true,
    .channel_fd = AVO_INSTRUCTION_FD,
    .present = present,
    .evidence = evidence,
    .seal_key = seal_key,
    .local_report = local_report,
    .own_target = own_target,
    .report_key = report_key,
};
