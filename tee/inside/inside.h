/* What a measured program asks of the TEE that it runs in: one table of methods, which each backend fills. Calls block, and stay
 * off the data path. How such a program is measured and started is the other half: tee/outside/outside.h.
 *
 * A backend is one file here (sim.c) and one line in inside.c.
 */
#ifndef AVO_TEE_INSIDE_H
#define AVO_TEE_INSIDE_H

#include "base/bytes.h"
#include "base/tee.h"
#include <avocado/error.h>

#define AVO_TEE_FIRST_PASSED_FD 4 /* the descriptors that the starter passed follow from here */

#define AVO_TEE_REPORT_DATA_BYTES 64
#define AVO_TEE_EVIDENCE_MAX_BYTES 16384
#define AVO_TEE_SEAL_KEY_BYTES 32
#define AVO_TEE_TARGET_BYTES 32
#define AVO_TEE_LOCAL_REPORT_BYTES 432
#define AVO_TEE_KEY_ID_BYTES 32
#define AVO_TEE_REPORT_KEY_BYTES 16

struct avo_tee_inside {
    const char *name;  /* in messages: "the simulated CPU" */
    enum avo_tee kind; /* of its evidence */
    bool simulated;    /* it protects nothing from the machine: every program that runs in it says so */
    int channel_fd;    /* readable when the TEE is gone; -1: the program would not see that */
    /* Whether this process runs in such a TEE. */
    bool (*present)(void);
    /* The vendor's evidence for this program over `report_data`, appended to an empty `evidence` of AVO_TEE_EVIDENCE_MAX_BYTES.
     * AVO_EIO: the TEE is gone; else what it answered. */
    enum avo_error (*evidence)(const uint8_t report_data[AVO_TEE_REPORT_DATA_BYTES], struct avo_buffer *evidence);
    /* The key that only this program on this machine gets: the same for the same measurement, another for any other. */
    enum avo_error (*seal_key)(uint8_t key[AVO_TEE_SEAL_KEY_BYTES]);
    /* The three of local attestation (attest/verify/local_report.h); all NULL where the TEE has none (avo_tee_has_local_reports).
     * A report of this program that the one named by `target`, on this machine, can check; how others name this program; and the
     * key under which reports for this program with that key id have their MAC. */
    enum avo_error (*local_report)(const uint8_t target[AVO_TEE_TARGET_BYTES], const uint8_t report_data[AVO_TEE_REPORT_DATA_BYTES],
                                   uint8_t report[AVO_TEE_LOCAL_REPORT_BYTES]);
    enum avo_error (*own_target)(uint8_t target[AVO_TEE_TARGET_BYTES]);
    enum avo_error (*report_key)(const uint8_t key_id[AVO_TEE_KEY_ID_BYTES], uint8_t key[AVO_TEE_REPORT_KEY_BYTES]);
};

/* The TEE that this process runs in; NULL: none. */
const struct avo_tee_inside *avo_tee_inside(void);

/* The backends. */
extern const struct avo_tee_inside avo_tee_inside_sim;

#endif
