#include "attest/dcap/tcb_level.h"
#include <string.h>

static const struct avo_tdx_module *find_module(const struct avo_tcb_info *info, uint8_t version) {
    for (uint32_t i = 0; i < info->module_count; i++) {
        if (info->module[i].version == version) {
            return &info->module[i];
        }
    }
    return NULL;
}

static bool all_zero(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

enum avo_error avo_tdx_module_match(const struct avo_tcb_info *info, const struct avo_td_report *td, struct avo_tcb_match *match,
                                    struct avo_reason *reason) {
    uint8_t version = td->tee_tcb_svn[1];
    const struct avo_tdx_module *module = find_module(info, version);
    if (module == NULL) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "TDX module identity: the TCB info describes no module TDX_%02X; fetch fresh "
                              "collateral",
                              version);
    }
    bool attributes_zero =
        all_zero(td->seam_attributes, sizeof td->seam_attributes) && all_zero(module->attributes, sizeof module->attributes);
    if (memcmp(td->mr_signer_seam, module->mr_signer, sizeof module->mr_signer) != 0 || !attributes_zero) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "TDX module identity: MRSIGNERSEAM or SEAMATTRIBUTES is not the vendor's; do not "
                              "trust this quote");
    }
    if (version == 0) {
        return AVO_OK;
    }
    match->module = module;
    match->module_level = avo_svn_level_find(module->level, module->level_count, td->tee_tcb_svn[0]);
    if (match->module_level == NULL) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "TDX module identity: TcbNotSupported, module version %u with ISVSVN %u is older "
                              "than every level; have the platform update its TDX module",
                              version, td->tee_tcb_svn[0]);
    }
    return AVO_OK;
}

static bool needs_configuration(enum avo_tcb_status status) {
    return status == AVO_TCB_CONFIGURATION_NEEDED || status == AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED ||
           status == AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED || status == AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED;
}

/* The platform as it runs now (TEE_TCB_SVN2) has the newest module and SEAM loader. */
static bool platform_is_newest(const struct avo_tcb_info *info, const uint8_t svn[16]) {
    const struct avo_tcb_level *newest = &info->level[0];
    if (svn[2] < newest->tdx[2]) {
        return false;
    }
    if (svn[1] == 0) {
        return svn[0] >= newest->tdx[0];
    }
    const struct avo_tdx_module *module = find_module(info, svn[1]);
    return module != NULL && module->level_count > 0 && svn[0] >= module->level[0].isv_svn;
}

enum avo_tcb_status avo_td_relaunch(const struct avo_tcb_info *info, const struct avo_td_report *td, enum avo_tcb_status sgx,
                                    enum avo_tcb_status tdx, enum avo_tcb_status module, enum avo_tcb_status qe) {
    bool sgx_fine = sgx == AVO_TCB_UP_TO_DATE || sgx == AVO_TCB_SW_HARDENING_NEEDED || sgx == AVO_TCB_CONFIGURATION_NEEDED ||
                    sgx == AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
    bool tdx_behind = tdx == AVO_TCB_OUT_OF_DATE || tdx == AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
    bool by_module = module == AVO_TCB_OUT_OF_DATE && qe == AVO_TCB_UP_TO_DATE;
    if (!sgx_fine || !tdx_behind || !by_module || !platform_is_newest(info, td->tee_tcb_svn2)) {
        return tdx;
    }
    return needs_configuration(sgx) || needs_configuration(tdx) ? AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
                                                                : AVO_TCB_TD_RELAUNCH_ADVISED;
}
