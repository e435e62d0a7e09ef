/* The parts of applying a policy, and how each says no. Internal to attest/policy. */
#ifndef AVO_ATTEST_POLICY_PARTS_H
#define AVO_ATTEST_POLICY_PARTS_H

#include "attest/verify/result.h"

/* Ends a question of the policy with no: the reason (printf style, the key added) and the key that asked, NULL for what is always
 * asked. Returns AVO_EDENIED. */
enum avo_error avo_policy_deny(struct avo_attest_result *result, const char *key, const char *format, ...) AVO_PRINTF(3, 4);

/* What an Intel platform's PCK certificate says about its packages, against what the policy allows under these keys. */
AVO_MUST_USE enum avo_error avo_policy_check_package(struct avo_attest_result *result, bool allow_smt, const char *smt_key,
                                                     bool allow_dynamic, const char *dynamic_key);

/* AVO_EDENIED with the reason, or AVO_OK. */
AVO_MUST_USE enum avo_error avo_policy_apply_sgx(const struct avo_attest_input *input, struct avo_attest_result *result);
AVO_MUST_USE enum avo_error avo_policy_apply_tdx(const struct avo_attest_input *input, struct avo_attest_result *result);
AVO_MUST_USE enum avo_error avo_policy_apply_snp(const struct avo_attest_input *input, struct avo_attest_result *result);
/* The measurements: one rule of the role must hold. */
AVO_MUST_USE enum avo_error avo_policy_apply_rules(const struct avo_attest_input *input, struct avo_attest_result *result);

#endif
