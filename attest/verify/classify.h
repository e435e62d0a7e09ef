/* What a file of collateral is, where its name does not say it. Internal to attest/verify. */
#ifndef AVO_ATTEST_CLASSIFY_H
#define AVO_ATTEST_CLASSIFY_H

#include "attest/verify/collateral.h"

/* Where `bytes` belong in `view`, by what they read as: a signed document, a CRL, a VEK certificate, a chain. NULL: none of them.
 * A chain may belong in several places; the first one then. */
struct avo_slice *avo_collateral_classify(struct avo_slice bytes, struct avo_collateral *view);

#endif
