/* From component versions to a status: sections 4.1.2.5.1 and 4.1.2.5.2 of Intel's quote verification library (EvaluateTcb.cpp, of
 * 2026). Internal to attest/. */
#ifndef AVO_ATTEST_TCB_LEVEL_H
#define AVO_ATTEST_TCB_LEVEL_H

#include "attest/dcap/pck.h"
#include "attest/dcap/tcb_info.h"
#include "attest/verify/evidence.h"

struct avo_tcb_match {
    enum avo_tcb_status status;               /* converged over level, TDX module and quoting enclave */
    const struct avo_tcb_level *level;        /* the first that the platform, and the TDX module, reach */
    const struct avo_svn_level *module_level; /* NULL for SGX and for modules of version 0 */
};

/* One evaluation: of `tee_tcb_svn` (16 bytes: the module a TD was started under, or the one that runs now), NULL for SGX.
 * AVO_EDENIED when no level is reached, or the TCB info does not describe the module. */
AVO_MUST_USE enum avo_error avo_tcb_evaluate(const struct avo_tcb_info *info, const struct avo_pck *pck, const uint8_t *tee_tcb_svn,
                                             enum avo_tcb_status qe_status, struct avo_tcb_match *match, struct avo_reason *reason);

/* tdx_module.c: MRSIGNERSEAM and SEAMATTRIBUTES are those of the vendor's module of the version in TEE_TCB_SVN. */
AVO_MUST_USE enum avo_error avo_tdx_module_check(const struct avo_tcb_info *info, const struct avo_td_report *td,
                                                 struct avo_reason *reason);
/* The level of a module of version 1 and up. */
AVO_MUST_USE enum avo_error avo_tdx_module_level(const struct avo_tcb_info *info, const uint8_t tee_tcb_svn[16],
                                                 const struct avo_svn_level **level, struct avo_reason *reason);

/* A TD that was started under a module that is out of date, on a platform that has been updated since: `launch`, or one of the two
 * "relaunch" statuses. */
enum avo_tcb_status avo_td_relaunch(enum avo_tcb_status launch, enum avo_tcb_status current);

#endif
