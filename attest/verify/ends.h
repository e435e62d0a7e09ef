/* When collateral and evidence end: the first date after which a piece of them is no longer good. Nothing is verified here; for
 * warnings that come ahead. */
#ifndef AVO_ATTEST_VERIFY_ENDS_H
#define AVO_ATTEST_VERIFY_ENDS_H

#include "attest/verify/collateral.h"
#include "attest/verify/evidence.h"

/* Of every document, list and certificate of it: Unix time; 0: nothing in it has a date. */
int64_t avo_collateral_ends(const struct avo_collateral *collateral);
/* Of the certificates that it carries itself: Unix time; 0: it carries none. */
int64_t avo_evidence_ends(const struct avo_evidence *evidence);

#endif
