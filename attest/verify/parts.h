/* The verifiers by vendor; internal to attest/. */
#ifndef AVO_ATTEST_VERIFY_PARTS_H
#define AVO_ATTEST_VERIFY_PARTS_H

#include "attest/verify/verify.h"
#include <jansson.h>

AVO_MUST_USE enum avo_error avo_dcap_verify(const struct avo_attest_input *input, struct avo_attest_result *result);
AVO_MUST_USE enum avo_error avo_snp_verify(const struct avo_attest_input *input, struct avo_attest_result *result);

/* Adds each string of `advisories` (NULL: none) once. AVO_EFULL when they are more, or longer, than the result holds. */
AVO_MUST_USE enum avo_error avo_result_add_advisories(struct avo_attest_result *result, const json_t *advisories);
/* Notes which root the evidence ended in. */
void avo_result_set_root(struct avo_attest_result *result, const struct avo_root *root);

/* Ends a question of the policy with no: the reason (printf style, the key added) and the key that asked, NULL for what is always
 * asked. Returns AVO_EDENIED. */
enum avo_error avo_policy_deny(struct avo_attest_result *result, const char *key, const char *format, ...) AVO_PRINTF(3, 4);

/* Parts of the policy; AVO_EDENIED with the reason, or AVO_OK. */
AVO_MUST_USE enum avo_error avo_policy_apply_sgx(const struct avo_attest_input *input, struct avo_attest_result *result);
AVO_MUST_USE enum avo_error avo_policy_apply_tdx(const struct avo_attest_input *input, struct avo_attest_result *result);
AVO_MUST_USE enum avo_error avo_policy_apply_snp(const struct avo_attest_input *input, struct avo_attest_result *result);
/* What a policy asks of a program whose platform somebody else answers for. */
AVO_MUST_USE enum avo_error avo_policy_apply_vouched(const struct avo_attest_input *input, struct avo_attest_result *result);
/* The measurements: one rule of the role must hold. */
AVO_MUST_USE enum avo_error avo_policy_apply_rules(const struct avo_attest_input *input, struct avo_attest_result *result);

#endif
