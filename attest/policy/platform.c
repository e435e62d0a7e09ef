/* "sgx" and "tdx": what a platform must be like, beside its TCB status. */
#include "attest/policy/rules.h"

#define SGX(member) offsetof(struct avo_policy_sgx, member)
#define TDX(member) offsetof(struct avo_policy_tdx, member)

void avo_policy_read_sgx(struct avo_policy_reader *reader, const json_t *value, void *sgx) {
    static const struct avo_policy_field fields[] = {
        {"allow_smt", AVO_FIELD_BOOL, SGX(allow_smt), 0, 0, NULL, false},
        {"allow_dynamic_platform", AVO_FIELD_BOOL, SGX(allow_dynamic_platform), 0, 0, NULL, false},
        {"allow_cet", AVO_FIELD_BOOL, SGX(allow_cet), 0, 0, NULL, false},
        {"xfrm_allowed", AVO_FIELD_MASK, SGX(xfrm_allowed), 0, 0, NULL, false}};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), sgx);
}

void avo_policy_read_tdx(struct avo_policy_reader *reader, const json_t *value, void *tdx) {
    static const struct avo_policy_field fields[] = {
        {"allow_smt", AVO_FIELD_BOOL, TDX(allow_smt), 0, 0, NULL, false},
        {"allow_dynamic_platform", AVO_FIELD_BOOL, TDX(allow_dynamic_platform), 0, 0, NULL, false},
        {"allow_lass", AVO_FIELD_BOOL, TDX(allow_lass), 0, 0, NULL, false},
        {"require_sept_ve_disable", AVO_FIELD_BOOL, TDX(require_sept_ve_disable), 0, 0, NULL, false},
        {"allow_perfmon", AVO_FIELD_BOOL, TDX(allow_perfmon), 0, 0, NULL, false},
        {"xfam_allowed", AVO_FIELD_MASK, TDX(xfam_allowed), 0, 0, NULL, false}};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), tdx);
}
