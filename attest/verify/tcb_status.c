#include "attest/verify/tcb_status.h"
#include <string.h>

static const char *const names[AVO_TCB_STATUS_COUNT] = {
    [AVO_TCB_NOT_EVALUATED] = "NotEvaluated",
    [AVO_TCB_NOT_SUPPORTED] = "TcbNotSupported",
    [AVO_TCB_UP_TO_DATE] = "UpToDate",
    [AVO_TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
    [AVO_TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
    [AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
    [AVO_TCB_OUT_OF_DATE] = "OutOfDate",
    [AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
    [AVO_TCB_TD_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
    [AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = "TDRelaunchAdvisedConfigurationNeeded",
    [AVO_TCB_REVOKED] = "Revoked",
    [AVO_TCB_NOT_RATED] = "NotRated",
};

const char *avo_tcb_status_name(enum avo_tcb_status status) {
    return (unsigned)status < AVO_TCB_STATUS_COUNT ? names[status] : names[AVO_TCB_NOT_EVALUATED];
}

bool avo_tcb_status_parse(const char *name, enum avo_tcb_status *status) {
    for (unsigned i = AVO_TCB_UP_TO_DATE; i <= AVO_TCB_REVOKED; i++) {
        if (strcmp(name, names[i]) == 0) {
            *status = (enum avo_tcb_status)i;
            return true;
        }
    }
    return false;
}

enum avo_tcb_status avo_tcb_status_converge(enum avo_tcb_status level, enum avo_tcb_status part) {
    switch (part) {
    case AVO_TCB_UP_TO_DATE:
        return level;
    case AVO_TCB_REVOKED:
        return AVO_TCB_REVOKED;
    case AVO_TCB_OUT_OF_DATE:
        break;
    default:
        return AVO_TCB_NOT_SUPPORTED; /* a status that modules and quoting enclaves do not have: fail closed */
    }
    switch (level) {
    case AVO_TCB_UP_TO_DATE:
    case AVO_TCB_SW_HARDENING_NEEDED:
        return AVO_TCB_OUT_OF_DATE;
    case AVO_TCB_CONFIGURATION_NEEDED:
    case AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
        return AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
    default:
        return level;
    }
}
