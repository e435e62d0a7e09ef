/* The verifier: a pure function of evidence, collateral, time, roots and policy. No clock, no network, no state. */
#ifndef AVO_ATTEST_VERIFY_H
#define AVO_ATTEST_VERIFY_H

#include "attest/verify/result.h"

/* Everything in `result` is set; it fails closed. `result->accepted` alone means yes. */
void avo_attest_verify(const struct avo_attest_input *input, struct avo_attest_result *result);

/* The same for an SGX report body alone (avo_evidence_of_report), whose authenticity somebody trusted vouches for: a LAS that was
 * itself verified. The policy's rules for the program are applied; those for the platform (root, TCB status, collateral, chip) were
 * applied to the LAS's evidence. Collateral, time and roots of `input` are not looked at. */
void avo_attest_verify_vouched(const struct avo_attest_input *input, struct avo_attest_result *result);

/* Cryptography alone, for tools: avo_attest_verify applies the policy too (avo_policy_apply). */
AVO_MUST_USE enum avo_error avo_attest_check_evidence(const struct avo_attest_input *input, struct avo_attest_result *result);

#endif
