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

static enum avo_error refuse_undescribed(uint8_t version, struct avo_reason *reason) {
    return avo_reason_set(reason, AVO_EDENIED,
                          "TDX module identity: the TCB info describes no module TDX_%02X; fetch fresh collateral", version);
}

enum avo_error avo_tdx_module_check(const struct avo_tcb_info *info, const struct avo_td_report *td, struct avo_reason *reason) {
    const struct avo_tdx_module *module = find_module(info, td->tee_tcb_svn[1]);
    if (module == NULL) {
        return refuse_undescribed(td->tee_tcb_svn[1], reason);
    }
    bool attributes_zero =
        all_zero(td->seam_attributes, sizeof td->seam_attributes) && all_zero(module->attributes, sizeof module->attributes);
    if (memcmp(td->mr_signer_seam, module->mr_signer, sizeof module->mr_signer) != 0 || !attributes_zero) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "TDX module identity: MRSIGNERSEAM or SEAMATTRIBUTES is not the vendor's; do not "
                              "trust this quote");
    }
    return AVO_OK;
}

enum avo_error avo_tdx_module_level(const struct avo_tcb_info *info, const uint8_t tee_tcb_svn[16],
                                    const struct avo_svn_level **level, struct avo_reason *reason) {
    const struct avo_tdx_module *module = find_module(info, tee_tcb_svn[1]);
    if (module == NULL) {
        return refuse_undescribed(tee_tcb_svn[1], reason);
    }
    *level = avo_svn_level_find(module->level, module->level_count, tee_tcb_svn[0]);
    if (*level == NULL) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "TDX module identity: TcbNotSupported, module version %u with ISVSVN %u is older "
                              "than every level; have the platform update its TDX module",
                              tee_tcb_svn[1], tee_tcb_svn[0]);
    }
    return AVO_OK;
}
