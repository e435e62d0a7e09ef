/* The sections of a policy document; internal to attest/. */
#ifndef AVO_ATTEST_POLICY_RULES_H
#define AVO_ATTEST_POLICY_RULES_H

#include "attest/policy/reader.h"

void avo_policy_read_roles(struct avo_policy_reader *reader, const json_t *value, void *policy_roles);
void avo_policy_read_cluster(struct avo_policy_reader *reader, const json_t *value, void *cluster);
void avo_policy_read_users(struct avo_policy_reader *reader, const json_t *value, void *policy);
void avo_policy_read_sgx(struct avo_policy_reader *reader, const json_t *value, void *sgx);
void avo_policy_read_tdx(struct avo_policy_reader *reader, const json_t *value, void *tdx);
/* What is set for no product by name holds for each. */
void avo_policy_snp_spread(struct avo_policy_snp *snp);
void avo_policy_read_snp(struct avo_policy_reader *reader, const json_t *value, void *snp);
void avo_policy_read_las(struct avo_policy_reader *reader, const json_t *value, void *las);
/* One chip id, into a struct avo_policy_chip. */
void avo_policy_read_chip(struct avo_policy_reader *reader, const json_t *value, void *chip);

/* Nothing is accepted only because the policy left it out. */
void avo_policy_check_breadth(struct avo_policy_reader *reader, const struct avo_policy *policy);
/* What "las" says against "cluster" and "roles". */
void avo_policy_check_las(struct avo_policy_reader *reader, const struct avo_policy *policy);

#endif
