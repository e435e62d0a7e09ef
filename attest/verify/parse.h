/* Evidence of any kind from its bytes. */
#ifndef AVO_ATTEST_PARSE_H
#define AVO_ATTEST_PARSE_H

#include "attest/verify/evidence.h"

/* Tells the kind and parses it. The whole of `bytes` must be one piece of evidence (an Intel quote may be followed by zeros).
 * AVO_EFORMAT with a reason otherwise. `bytes` must outlive `evidence`. */
AVO_MUST_USE enum avo_error avo_evidence_parse(struct avo_slice bytes, struct avo_evidence *evidence, struct avo_reason *reason);

/* An SGX report body by itself, as a LAS vouches for it. AVO_EFORMAT unless `body` is one. */
AVO_MUST_USE enum avo_error avo_evidence_of_report(struct avo_slice body, struct avo_evidence *evidence, struct avo_reason *reason);

#endif
