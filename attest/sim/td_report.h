/* TD report bodies for tests. */
#ifndef AVO_ATTEST_SIM_TD_REPORT_H
#define AVO_ATTEST_SIM_TD_REPORT_H

#include "attest/verify/evidence.h"

/* A TD that production accepts: module TDX_01 with ISVSVN 5, SEPT_VE_DISABLE, no debug. `has_15` chooses the body. */
struct avo_td_report avo_sim_td_report_default(bool has_15);
/* The inverse of avo_td_report_parse; returns 584 or 648. */
size_t avo_sim_td_report_encode(const struct avo_td_report *report, uint8_t out[AVO_TD_REPORT15_BYTES]);

#endif
