#include "attest/dcap/tcb_level.h"
#include <string.h>

static bool reaches(const uint8_t *have, const uint8_t *need, size_t from) {
    for (size_t i = from; i < 16; i++) {
        if (have[i] < need[i]) {
            return false;
        }
    }
    return true;
}

static bool platform_reaches(const struct avo_pck *pck, const struct avo_tcb_level *level) {
    return reaches(pck->component_svn, level->sgx, 0) && pck->pce_svn >= level->pce_svn;
}

/* Since TDX 1.5 the first two bytes are judged by the module's own identity, not by the platform's level. */
static bool module_reaches(const uint8_t *tee_tcb_svn, const struct avo_tcb_level *level) {
    return tee_tcb_svn == NULL || reaches(tee_tcb_svn, level->tdx, tee_tcb_svn[1] > 0 ? 2 : 0);
}

enum avo_error avo_tcb_evaluate(const struct avo_tcb_info *info, const struct avo_pck *pck, const uint8_t *tee_tcb_svn,
                                enum avo_tcb_status qe_status, struct avo_tcb_match *match, struct avo_reason *reason) {
    bool platform = false;
    *match = (struct avo_tcb_match){.status = AVO_TCB_NOT_SUPPORTED};
    for (uint32_t i = 0; i < info->level_count && match->level == NULL; i++) {
        const struct avo_tcb_level *level = &info->level[i];
        bool reached = platform_reaches(pck, level);
        platform = platform || reached;
        match->level = reached && module_reaches(tee_tcb_svn, level) ? level : NULL;
    }
    if (match->level == NULL) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "TCB level: TcbNotSupported, no level of the TCB info is reached by this %s; have "
                              "its firmware updated",
                              platform ? "TDX module and SEAM loader" : "CPU");
    }
    enum avo_tcb_status status = match->level->status;
    if (tee_tcb_svn != NULL && tee_tcb_svn[1] > 0) {
        enum avo_error error = avo_tdx_module_level(info, tee_tcb_svn, &match->module_level, reason);
        if (error != AVO_OK) {
            return error;
        }
        status = avo_tcb_status_converge(status, match->module_level->status);
    }
    match->status = avo_tcb_status_converge(status, qe_status);
    return AVO_OK;
}

static bool needs_configuration(enum avo_tcb_status status) {
    return status == AVO_TCB_CONFIGURATION_NEEDED || status == AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED ||
           status == AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
}

enum avo_tcb_status avo_td_relaunch(enum avo_tcb_status launch, enum avo_tcb_status current) {
    bool behind = launch == AVO_TCB_OUT_OF_DATE || launch == AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
    bool updated = current == AVO_TCB_UP_TO_DATE || current == AVO_TCB_SW_HARDENING_NEEDED ||
                   current == AVO_TCB_CONFIGURATION_NEEDED || current == AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
    if (!behind || !updated) {
        return launch;
    }
    return needs_configuration(launch) || needs_configuration(current) ? AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
                                                                       : AVO_TCB_TD_RELAUNCH_ADVISED;
}
