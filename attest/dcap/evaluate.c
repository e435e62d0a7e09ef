/* How current the platform is, as Intel's quote verification library says it (TcbLevelCheck.cpp of 2026, 4.1.2.5.18 to 20). */
#include "attest/dcap/dcap.h"
#include <stdio.h>
#include <string.h>

static enum avo_error add_advisories(struct avo_dcap *dcap, const struct avo_tcb_match *match) {
    enum avo_error error = avo_result_add_advisories(dcap->result, match->level->advisories);
    if (error == AVO_OK && match->module_level != NULL) {
        error = avo_result_add_advisories(dcap->result, match->module_level->advisories);
    }
    return error;
}

static void claim(struct avo_claims *claims, const struct avo_tcb_match *match) {
    claims->level_status = match->level->status;
    claims->has_module = match->module_level != NULL;
    claims->module_status = match->module_level == NULL ? AVO_TCB_NOT_EVALUATED : match->module_level->status;
}

/* Names the version that was evaluated, so that a reason does not speak of the other one. */
static enum avo_error blame_current(struct avo_dcap *dcap, enum avo_error error) {
    struct avo_reason inner = *dcap->reason;
    return avo_reason_set(dcap->reason, error, "TEE_TCB_SVN2 (the TDX module that runs now): %.300s", inner.text);
}

/* TD 1.5: the module that runs now may be another than the one the TD was started under, and must be one that Intel describes. */
static enum avo_error evaluate_current(struct avo_dcap *dcap, const struct avo_td_report *td, enum avo_tcb_status qe_status) {
    static const uint8_t zeros[16];
    struct avo_tcb_match match;
    struct avo_attest_result *result = dcap->result;
    enum avo_tcb_status launch = result->status;
    result->status = AVO_TCB_NOT_SUPPORTED;
    if (memcmp(td->tee_tcb_svn2, zeros, sizeof zeros) == 0) {
        return avo_reason_set(dcap->reason, AVO_EDENIED,
                              "TEE_TCB_SVN2: it is zero, so the quote does not say which TDX module runs; do not trust it");
    }
    enum avo_error error = avo_tcb_evaluate(&dcap->tcb_info, &dcap->pck, td->tee_tcb_svn2, qe_status, &match, dcap->reason);
    if (error != AVO_OK) {
        return blame_current(dcap, error);
    }
    result->claims.has_current = true;
    result->claims.current_status = match.status;
    result->status = avo_td_relaunch(launch, match.status);
    return add_advisories(dcap, &match);
}

enum avo_error avo_dcap_evaluate(struct avo_dcap *dcap) {
    const struct avo_td_report *td = dcap->input->evidence->tee == AVO_TEE_TDX ? &dcap->quote->td : NULL;
    const struct avo_svn_level *qe_level = NULL;
    struct avo_attest_result *result = dcap->result;
    struct avo_tcb_match match;
    enum avo_error error = avo_qe_identity_match(&dcap->qe_identity, &dcap->quote->qe_report, &qe_level, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    result->status = AVO_TCB_NOT_SUPPORTED;
    result->claims.qe_status = qe_level->status;
    error = td == NULL ? AVO_OK : avo_tdx_module_check(&dcap->tcb_info, td, dcap->reason);
    if (error == AVO_OK) {
        error = avo_tcb_evaluate(&dcap->tcb_info, &dcap->pck, td == NULL ? NULL : td->tee_tcb_svn, qe_level->status, &match,
                                 dcap->reason);
    }
    if (error != AVO_OK) {
        return error;
    }
    result->status = match.status;
    claim(&result->claims, &match);
    error = add_advisories(dcap, &match);
    if (error == AVO_OK && td != NULL && td->has_15) {
        error = evaluate_current(dcap, td, qe_level->status);
    }
    return error != AVO_OK ? error : avo_result_add_advisories(result, qe_level->advisories);
}
