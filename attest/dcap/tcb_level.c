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

/* Since TDX 1.5 the first two bytes are judged by the module's own identity, not by the platform's level. */
static bool td_reaches(const struct avo_td_report *td, const struct avo_tcb_level *level) {
    return reaches(td->tee_tcb_svn, level->tdx, td->tee_tcb_svn[1] > 0 ? 2 : 0);
}

/* The first level the platform reaches, and the first that the TD reaches too. */
static void find_levels(const struct avo_tcb_info *info, const struct avo_pck *pck, const struct avo_td_report *td,
                        const struct avo_tcb_level **sgx, const struct avo_tcb_level **tdx) {
    *sgx = *tdx = NULL;
    for (uint32_t i = 0; i < info->level_count && *tdx == NULL; i++) {
        const struct avo_tcb_level *level = &info->level[i];
        if (!reaches(pck->component_svn, level->sgx, 0) || pck->pce_svn < level->pce_svn) {
            continue;
        }
        *sgx = *sgx == NULL ? level : *sgx;
        if (td == NULL || td_reaches(td, level)) {
            *tdx = level;
        }
    }
}

enum avo_error avo_tcb_evaluate(const struct avo_tcb_info *info, const struct avo_pck *pck, const struct avo_td_report *td,
                                enum avo_tcb_status qe_status, struct avo_tcb_match *match, struct avo_reason *reason) {
    const struct avo_tcb_level *sgx = NULL;
    memset(match, 0, sizeof *match);
    find_levels(info, pck, td, &sgx, &match->level);
    if (match->level == NULL) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "TCB level: TcbNotSupported, no level of the TCB info is reached by this %s; have "
                              "its firmware updated",
                              sgx == NULL ? "CPU" : "TDX module and SEAM loader");
    }
    enum avo_tcb_status status = match->level->status;
    if (td != NULL) {
        enum avo_error error = avo_tdx_module_match(info, td, match, reason);
        if (error != AVO_OK) {
            return error;
        }
        enum avo_tcb_status module = match->module_level == NULL ? AVO_TCB_UP_TO_DATE : match->module_level->status;
        status = avo_tcb_status_converge(status, module);
        if (td->has_15 && status != AVO_TCB_REVOKED) {
            status = avo_td_relaunch(info, td, sgx->status, status, module, qe_status);
        }
    }
    match->status = avo_tcb_status_converge(status, qe_status);
    return AVO_OK;
}
