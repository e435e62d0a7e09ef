/* A simulated platform as a test's TEE, apart from testing.h since attest/ and protocol/view/ name some things alike. */
#ifndef AVO_CLIENT_CAS_SIM_TEE_H
#define AVO_CLIENT_CAS_SIM_TEE_H

#include "attest/plug/plug.h"

#define SIM_POLICY_BYTES 8192

struct sim_tee; /* one heap object */

/* Writes its collateral into `folder`. */
struct sim_tee *sim_tee_open(uint64_t now_s, const char *folder);
void sim_tee_close(struct sim_tee *tee);
/* A quote over a report with this first byte of MRENCLAVE; fits struct world's tee_attest. */
void sim_tee_attest(void *tee, uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence);
/* A policy of three nodes and two workers, this owner, these measurements for node and CAS. */
void sim_tee_policy(const struct sim_tee *tee, const uint8_t owner[32], uint8_t node, uint8_t cas, char policy[SIM_POLICY_BYTES]);

#endif
