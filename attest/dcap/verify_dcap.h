/* Intel quotes, verified up to the vendor's root. Internal to attest/. */
#ifndef AVO_ATTEST_VERIFY_DCAP_H
#define AVO_ATTEST_VERIFY_DCAP_H

#include "attest/verify/result.h"

AVO_MUST_USE enum avo_error avo_dcap_verify(const struct avo_attest_input *input, struct avo_attest_result *result);

#endif
