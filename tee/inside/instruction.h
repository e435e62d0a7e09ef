/* The CPU's instructions for attestation, as a measured program asks the simulated CPU for them: EREPORT, a quote by the quoting
 * enclave, EGETKEY for the sealing key and for the report key. On real hardware these are instructions and a vendor's service; here
 * each is one request and one answer over the channel that the simulated CPU left at AVO_INSTRUCTION_FD. The bytes that come back
 * are those of real hardware [DESIGN 11].
 *
 * Request: u8 kind, then AVO_INSTRUCTION_REPORT: measurement of the target 32, report_data 64; AVO_INSTRUCTION_QUOTE: a report 432;
 * AVO_INSTRUCTION_SEAL_KEY: nothing; AVO_INSTRUCTION_REPORT_KEY: a report's key id 32. Answer: u8 enum avo_error, then, when that
 * is AVO_OK: a report 432; a quote; a key 32; a key 16. (A real TARGETINFO has attributes beside the measurement; here all programs
 * have the same.)
 */
#ifndef AVO_TEE_INSTRUCTION_H
#define AVO_TEE_INSTRUCTION_H

#include "base/bytes.h"
#include <avocado/error.h>

#define AVO_INSTRUCTION_FD 3              /* in every program that the simulated CPU starts */
#define AVO_INSTRUCTION_FIRST_PASSED_FD 4 /* the descriptors its starter passed follow from here */

#define AVO_INSTRUCTION_REPORT_DATA_BYTES 64
#define AVO_INSTRUCTION_REPORT_BYTES 432 /* body 384, key id 32, MAC 16 (Intel SDM, REPORT) */
#define AVO_INSTRUCTION_QUOTE_MAX_BYTES 16384
#define AVO_INSTRUCTION_SEAL_KEY_BYTES 32
#define AVO_INSTRUCTION_TARGET_BYTES 32 /* a MRENCLAVE; all zero: the quoting enclave */
#define AVO_INSTRUCTION_KEY_ID_BYTES 32
#define AVO_INSTRUCTION_REPORT_KEY_BYTES 16
#define AVO_INSTRUCTION_REQUEST_MAX_BYTES (1 + AVO_INSTRUCTION_REPORT_BYTES)
#define AVO_INSTRUCTION_ANSWER_MAX_BYTES (1 + AVO_INSTRUCTION_QUOTE_MAX_BYTES)

enum avo_instruction_kind {
    AVO_INSTRUCTION_REPORT = 1,
    AVO_INSTRUCTION_QUOTE = 2,
    AVO_INSTRUCTION_SEAL_KEY = 3,
    AVO_INSTRUCTION_REPORT_KEY = 4,
};

struct avo_instruction {
    enum avo_instruction_kind kind;
    struct avo_slice body; /* borrowed from the request: all that follows the kind */
};

/* AVO_EFORMAT unless `request` is exactly one instruction. */
AVO_MUST_USE enum avo_error avo_instruction_read(struct avo_slice request, struct avo_instruction *instruction);

/* Evidence (a DCAP quote of version 3) of this program, with `report_data` in it; appended to an empty `quote`, whose capacity is
 * at least AVO_INSTRUCTION_QUOTE_MAX_BYTES. Blocks. AVO_EIO: the channel is gone; else what the CPU answered. */
AVO_MUST_USE enum avo_error avo_simcpu_evidence(int fd, const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES],
                                                struct avo_buffer *quote);

/* EREPORT: a local report (attest/verify/local_report.h) of this program with `report_data` in it, which the program measured as
 * `target` on this CPU can check. Blocks. */
AVO_MUST_USE enum avo_error avo_simcpu_report(int fd, const uint8_t target[AVO_INSTRUCTION_TARGET_BYTES],
                                              const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES],
                                              uint8_t report[AVO_INSTRUCTION_REPORT_BYTES]);

/* EGETKEY: the key under which reports for this program with this key id have their MAC. Blocks. */
AVO_MUST_USE enum avo_error avo_simcpu_report_key(int fd, const uint8_t key_id[AVO_INSTRUCTION_KEY_ID_BYTES],
                                                  uint8_t key[AVO_INSTRUCTION_REPORT_KEY_BYTES]);

/* The sealing key of this program on this CPU: the same for the same measurement, another for any other. Blocks. */
AVO_MUST_USE enum avo_error avo_simcpu_seal_key(int fd, uint8_t key[AVO_INSTRUCTION_SEAL_KEY_BYTES]);

#endif
