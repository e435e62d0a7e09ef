/* AMD SEV-SNP reports, verified up to the vendor's root. Internal to attest/. */
#ifndef AVO_ATTEST_VERIFY_SNP_H
#define AVO_ATTEST_VERIFY_SNP_H

#include "attest/verify/result.h"

AVO_MUST_USE enum avo_error avo_snp_verify(const struct avo_attest_input *input, struct avo_attest_result *result);

#endif
