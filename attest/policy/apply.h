/* The policy's questions to evidence that was verified; AVO_EDENIED with the reason, or AVO_OK. */
#ifndef AVO_ATTEST_POLICY_APPLY_H
#define AVO_ATTEST_POLICY_APPLY_H

#include "attest/verify/result.h"

AVO_MUST_USE enum avo_error avo_policy_apply(const struct avo_attest_input *input, struct avo_attest_result *result);
/* What a policy asks of a program whose platform somebody else answers for. */
AVO_MUST_USE enum avo_error avo_policy_apply_vouched(const struct avo_attest_input *input, struct avo_attest_result *result);

#endif
