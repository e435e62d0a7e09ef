/* The secrets of one simulated CPU and what it does with them. Real hardware fuses these into silicon; here they lie in
 * platform.secret, readable by its owner, and protect nothing [DESIGN 11]. */
#ifndef AVO_TEE_SIM_PLATFORM_H
#define AVO_TEE_SIM_PLATFORM_H

#include "tee/inside/instruction.h"
#include "tee/sim/measure.h"
#include "tee/sim/message.h"

struct avo_platform;

/* The platform whose secret lies under folder `dir`; a new one when there is none: under the root of the platform in `root_dir`, or
 * under a root of its own where that is NULL. Writes root.pem, chip.id (the PPID that its quotes prove, in hex) and fresh
 * collateral (30 days), which is good for every platform of the root. NULL with `why`, also for a `root_dir` beside a platform that
 * exists. The caller's to close. */
struct avo_platform *avo_platform_open(const char *dir, const char *root_dir, char why[AVO_SIMCPU_WHY_BYTES]);
void avo_platform_close(struct avo_platform *platform);
/* Writes fresh collateral when a third of the old one's life is left, or the clock went back to before it. AVO_EIO: it cannot be
 * written; errno says why. */
AVO_MUST_USE enum avo_error avo_platform_refresh(struct avo_platform *platform);

/* EREPORT: a local report (attest/verify/local_report.h) of `measurement` for `target`. AVO_EIO: OpenSSL failed. */
AVO_MUST_USE enum avo_error avo_platform_report(const struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES],
                                                const uint8_t target[AVO_INSTRUCTION_TARGET_BYTES],
                                                const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES],
                                                uint8_t report[AVO_INSTRUCTION_REPORT_BYTES]);

/* The quoting enclave: a DCAP quote of version 3 over `report`. AVO_EAUTH: it was not made on this platform for the quoting
 * enclave. AVO_EIO: signing failed.
 */
AVO_MUST_USE enum avo_error avo_platform_quote(struct avo_platform *platform, const uint8_t report[AVO_INSTRUCTION_REPORT_BYTES],
                                               struct avo_buffer *quote);

/* EGETKEY: the report key of a measurement for a key id. */
void avo_platform_report_key(const struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES],
                             const uint8_t key_id[AVO_INSTRUCTION_KEY_ID_BYTES], uint8_t key[AVO_INSTRUCTION_REPORT_KEY_BYTES]);

/* EGETKEY: the sealing key of a measurement. */
void avo_platform_seal_key(const struct avo_platform *platform, const uint8_t measurement[AVO_MEASURE_BYTES],
                           uint8_t key[AVO_INSTRUCTION_SEAL_KEY_BYTES]);

#endif
