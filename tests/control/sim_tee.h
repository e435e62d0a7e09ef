/* A simulated platform as a test's TEE, apart from testing.h since attest/ and protocol/view/ name some things alike. */
#ifndef AVO_TESTS_CONTROL_SIM_TEE_H
#define AVO_TESTS_CONTROL_SIM_TEE_H

#include "attest/plug/plug.h"
#include "attest/verify/local_report.h"

#define SIM_POLICY_BYTES 8192

struct sim_tee; /* one heap object */

/* Writes its collateral into `folder`. */
struct sim_tee *sim_tee_open(uint64_t now_s, const char *folder);
/* Writes it again, as of another day, into `folder`: another statement of the same vendor. `revoke`: the platform's CA is revoked.
 */
void sim_tee_collateral(const struct sim_tee *tee, uint64_t now_s, bool revoke, const char *folder);
/* Removes a folder of collateral. */
void sim_tee_folder_remove(const char *folder);
/* Another machine whose CPU is certified by the same simulated vendor. */
struct sim_tee *sim_tee_sibling(const struct sim_tee *tee);
void sim_tee_close(struct sim_tee *tee);
/* A quote over a report with this first byte of MRENCLAVE; fits struct world's tee_attest. */
void sim_tee_attest(void *tee, uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence);
/* A policy of three nodes and two workers, this owner, these measurements for node and CAS. */
void sim_tee_policy(const struct sim_tee *tee, const uint8_t owner[32], uint8_t node, uint8_t cas, char policy[SIM_POLICY_BYTES]);
/* The same with a rule for a LAS, and a section "las": slots 0 and 1 on machine "m1", which is `tee`, slot 2 on "m2", `other`. */
void sim_tee_policy_las(const struct sim_tee *tee, const struct sim_tee *other, const uint8_t owner[32],
                        const uint8_t measurements[3], bool required, char policy[SIM_POLICY_BYTES]);

/* EREPORT by a program whose MRENCLAVE begins with `measurement`, for one whose begins with target[0] and is target otherwise. */
void sim_tee_report(const struct sim_tee *tee, uint8_t measurement, bool debug, const uint8_t target[32],
                    const uint8_t report_data[AVO_BINDING_BYTES], uint8_t report[AVO_LOCAL_REPORT_BYTES]);
/* EGETKEY by such a program. */
void sim_tee_report_key(const struct sim_tee *tee, uint8_t measurement, const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES],
                        uint8_t key[AVO_CMAC_KEY_BYTES]);

#endif
