/* The CPU's instructions for attestation, as a measured program asks the simulated CPU for them: EREPORT, a quote by the quoting
 * enclave, EGETKEY. On real hardware these are instructions and a vendor's service; here each is one request and one answer over
 * the channel that the simulated CPU left at AVO_INSTRUCTION_FD. The bytes that come back are those of real hardware [DESIGN 11].
 *
 * Request: u8 kind, then AVO_INSTRUCTION_REPORT: report_data 64; AVO_INSTRUCTION_QUOTE: a report 432; AVO_INSTRUCTION_SEAL_KEY:
 * nothing. Answer: u8 enum avo_error, then, when that is AVO_OK: a report 432; a quote; a key 32.
 */
#ifndef AVO_PROCESS_INSTRUCTION_H
#define AVO_PROCESS_INSTRUCTION_H

#include "base/bytes.h"
#include <avocado/error.h>

#define AVO_INSTRUCTION_FD 3              /* in every program that the simulated CPU starts */
#define AVO_INSTRUCTION_FIRST_PASSED_FD 4 /* the descriptors its starter passed follow from here */

#define AVO_INSTRUCTION_REPORT_DATA_BYTES 64
#define AVO_INSTRUCTION_REPORT_BYTES 432 /* body 384, key id 32, MAC 16 (Intel SDM, REPORT) */
#define AVO_INSTRUCTION_QUOTE_MAX_BYTES 16384
#define AVO_INSTRUCTION_SEAL_KEY_BYTES 32
#define AVO_INSTRUCTION_REQUEST_MAX_BYTES (1 + AVO_INSTRUCTION_REPORT_BYTES)
#define AVO_INSTRUCTION_ANSWER_MAX_BYTES (1 + AVO_INSTRUCTION_QUOTE_MAX_BYTES)

enum avo_instruction_kind { AVO_INSTRUCTION_REPORT = 1, AVO_INSTRUCTION_QUOTE = 2, AVO_INSTRUCTION_SEAL_KEY = 3 };

struct avo_instruction {
    enum avo_instruction_kind kind;
    struct avo_slice body; /* borrowed from the request: report_data, a report, or nothing */
};

/* AVO_EFORMAT unless `request` is exactly one instruction. */
AVO_MUST_USE enum avo_error avo_instruction_read(struct avo_slice request, struct avo_instruction *instruction);

/* Evidence (a DCAP quote of version 3) of this program, with `report_data` in it; appended to an empty `quote`, whose capacity is
 * at least AVO_INSTRUCTION_QUOTE_MAX_BYTES. Blocks. AVO_EIO: the channel is gone; else what the CPU answered. */
AVO_MUST_USE enum avo_error avo_simcpu_evidence(int fd, const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES],
                                                struct avo_buffer *quote);

/* The sealing key of this program on this CPU: the same for the same measurement, another for any other. Blocks. */
AVO_MUST_USE enum avo_error avo_simcpu_seal_key(int fd, uint8_t key[AVO_INSTRUCTION_SEAL_KEY_BYTES]);

#endif
