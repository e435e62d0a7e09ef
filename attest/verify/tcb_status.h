/* How current a platform is, in the vendor's words. Part of every result; only a policy turns it into yes or no. */
#ifndef AVO_ATTEST_VERIFY_TCB_STATUS_H
#define AVO_ATTEST_VERIFY_TCB_STATUS_H

#include "base/bytes.h"

enum avo_tcb_status {
    AVO_TCB_NOT_EVALUATED = 0, /* something else failed first: never acceptable */
    AVO_TCB_UP_TO_DATE,
    AVO_TCB_SW_HARDENING_NEEDED,
    AVO_TCB_CONFIGURATION_NEEDED,
    AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    AVO_TCB_OUT_OF_DATE,
    AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
    AVO_TCB_TD_RELAUNCH_ADVISED,
    AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
    AVO_TCB_REVOKED,       /* never acceptable */
    AVO_TCB_NOT_SUPPORTED, /* no level matches: never acceptable */
    AVO_TCB_NOT_RATED,     /* SNP without a minimum TCB in the policy: AMD publishes no statuses */
    AVO_TCB_STATUS_COUNT
};

/* Intel's spelling, e.g. "SWHardeningNeeded"; "NotEvaluated" for the first. Static storage. */
const char *avo_tcb_status_name(enum avo_tcb_status status);
/* The inverse; false for a name that is none. */
AVO_MUST_USE bool avo_tcb_status_parse(const char *name, enum avo_tcb_status *status);

/* A level's status after the TDX module's or the quoting enclave's own status is taken into account
 * (convergeTcbStatusWith... of Intel's quote verification library). */
enum avo_tcb_status avo_tcb_status_converge(enum avo_tcb_status level, enum avo_tcb_status part);

#endif
