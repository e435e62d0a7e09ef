/* Dates in collateral and certificates. The verifier never asks a clock: `now` is a field of its input. */
#ifndef AVO_ATTEST_X509_CLOCK_H
#define AVO_ATTEST_X509_CLOCK_H

#include "avocado/error.h"
#include "base/bytes.h"

#define AVO_DATE_BYTES 24

/* RFC 3339 ("2025-07-01T00:00:00Z", "+02:00", fractions cut off) to seconds since 1970. AVO_EFORMAT on anything else. */
AVO_MUST_USE enum avo_error avo_date_parse(struct avo_slice text, int64_t *unix_s);

/* "YYYY-MM-DDTHH:MM:SSZ", terminated. Years outside 0..9999 give "-". */
void avo_date_format(int64_t unix_s, char out[AVO_DATE_BYTES]);

#endif
