/* Fields by kind of evidence; internal to attest/cli. */
#ifndef AVO_CLI_ATTEST_FIELDS_PARTS_H
#define AVO_CLI_ATTEST_FIELDS_PARTS_H

#include "cli/attest/fields.h"

void avo_fields_of_snp(const struct avo_snp_report *report, struct avo_sink *sink);
void avo_fields_of_quote(const struct avo_quote *quote, struct avo_sink *sink);

#endif
