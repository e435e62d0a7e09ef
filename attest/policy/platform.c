/* "sgx", "tdx", "snp": what a platform must be like, beside its TCB status. */
#include "attest/policy/rules.h"
#include <string.h>

#define SGX(member) offsetof(struct avo_policy_sgx, member)
#define TDX(member) offsetof(struct avo_policy_tdx, member)
#define SNP(member) offsetof(struct avo_policy_snp, member)

void avo_policy_read_sgx(struct avo_policy_reader *reader, const json_t *value, void *sgx) {
    static const struct avo_policy_field fields[] = {
        {"allow_smt", AVO_FIELD_BOOL, SGX(allow_smt), 0, 0, NULL, false},
        {"allow_dynamic_platform", AVO_FIELD_BOOL, SGX(allow_dynamic_platform), 0, 0, NULL, false},
        {"xfrm_allowed", AVO_FIELD_MASK, SGX(xfrm_allowed), 0, 0, NULL, false}};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), sgx);
}

void avo_policy_read_tdx(struct avo_policy_reader *reader, const json_t *value, void *tdx) {
    static const struct avo_policy_field fields[] = {
        {"require_sept_ve_disable", AVO_FIELD_BOOL, TDX(require_sept_ve_disable), 0, 0, NULL, false},
        {"allow_perfmon", AVO_FIELD_BOOL, TDX(allow_perfmon), 0, 0, NULL, false},
        {"xfam_allowed", AVO_FIELD_MASK, TDX(xfam_allowed), 0, 0, NULL, false}};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), tdx);
}

static void read_product(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const char *const names[] = {"", "Milan", "Genoa", "Turin"};
    const char *name = json_string_value(value);
    uint32_t *products = into;
    for (uint32_t i = AVO_SNP_MILAN; i <= AVO_SNP_TURIN && name != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            *products |= 1u << i;
            return;
        }
    }
    avo_policy_fail(reader, AVO_EFORMAT, "must be \"Milan\", \"Genoa\" or \"Turin\"");
}

static void read_products(struct avo_policy_reader *reader, const json_t *value, void *into) {
    *(uint32_t *)into = 0;
    avo_policy_read_list(reader, value, 3, read_product, into);
}

static void read_minimum_tcb(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const char *const names[] = {"bootloader", "tee", "snp", "microcode", "fmc"};
    struct avo_policy_field fields[AVO_COUNT(names)];
    uint32_t numbers[AVO_COUNT(names)] = {0};
    struct avo_policy_snp *snp = into;
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        fields[i] = (struct avo_policy_field){names[i], AVO_FIELD_NUMBER, i * sizeof numbers[0], 0, 255, NULL, false};
    }
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), numbers);
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        snp->minimum_tcb[i] = (uint8_t)numbers[i];
    }
    snp->has_minimum_tcb = true;
}

void avo_policy_read_snp(struct avo_policy_reader *reader, const json_t *value, void *snp) {
    static const struct avo_policy_field fields[] = {
        {"products", AVO_FIELD_CUSTOM, SNP(products), 0, 0, read_products, false},
        {"vmpl", AVO_FIELD_NUMBER, SNP(vmpl), 0, 3, NULL, false},
        {"allow_vlek", AVO_FIELD_BOOL, SNP(allow_vlek), 0, 0, NULL, false},
        {"allow_smt", AVO_FIELD_BOOL, SNP(allow_smt), 0, 0, NULL, false},
        {"allow_migrate_ma", AVO_FIELD_BOOL, SNP(allow_migrate_ma), 0, 0, NULL, false},
        {"require_single_socket", AVO_FIELD_BOOL, SNP(require_single_socket), 0, 0, NULL, false},
        {"require_ciphertext_hiding", AVO_FIELD_BOOL, SNP(require_ciphertext_hiding), 0, 0, NULL, false},
        {"require_alias_check", AVO_FIELD_BOOL, SNP(require_alias_check), 0, 0, NULL, false},
        {"require_crl", AVO_FIELD_BOOL, SNP(require_crl), 0, 0, NULL, false},
        {"allow_provisional_firmware", AVO_FIELD_BOOL, SNP(allow_provisional_firmware), 0, 0, NULL, false},
        {"minimum_abi_major", AVO_FIELD_NUMBER, SNP(minimum_abi_major), 0, 255, NULL, false},
        {"minimum_abi_minor", AVO_FIELD_NUMBER, SNP(minimum_abi_minor), 0, 255, NULL, false},
        {"minimum_guest_svn", AVO_FIELD_NUMBER, SNP(minimum_guest_svn), 0, UINT32_MAX, NULL, false},
        {"minimum_tcb", AVO_FIELD_CUSTOM, 0, 0, 0, read_minimum_tcb, false},
        {"required_mitigations", AVO_FIELD_MASK, SNP(required_mitigations), 0, 0, NULL, false}};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), snp);
}
