/* From component versions to a status: Intel's algorithm, sections "4.1.2.4.17" of its library. Internal to attest/. */
#ifndef AVO_ATTEST_DCAP_TCB_LEVEL_H
#define AVO_ATTEST_DCAP_TCB_LEVEL_H

#include "attest/dcap/pck.h"
#include "attest/dcap/tcb_info.h"
#include "attest/verify/evidence.h"

struct avo_tcb_match {
    enum avo_tcb_status status;          /* converged over level, TDX module and quoting enclave, with TD relaunch */
    const struct avo_tcb_level *level;   /* the level whose advisories count: SGX's, or TDX's for a TD */
    const struct avo_tdx_module *module; /* NULL for SGX and for modules of version 0 */
    const struct avo_svn_level *module_level;
};

/* `td` is NULL for SGX. AVO_EDENIED when no level matches, or the TDX module is not Intel's. */
AVO_MUST_USE enum avo_error avo_tcb_evaluate(const struct avo_tcb_info *info, const struct avo_pck *pck,
                                             const struct avo_td_report *td, enum avo_tcb_status qe_status,
                                             struct avo_tcb_match *match, struct avo_reason *reason);

/* The module's identity and level by TEE_TCB_SVN; leaves both NULL for version 0. */
AVO_MUST_USE enum avo_error avo_tdx_module_match(const struct avo_tcb_info *info, const struct avo_td_report *td,
                                                 struct avo_tcb_match *match, struct avo_reason *reason);
/* A TD that was started before a module update: `tdx` or one of the two "relaunch" statuses. */
enum avo_tcb_status avo_td_relaunch(const struct avo_tcb_info *info, const struct avo_td_report *td, enum avo_tcb_status sgx,
                                    enum avo_tcb_status tdx, enum avo_tcb_status module, enum avo_tcb_status qe);

#endif
