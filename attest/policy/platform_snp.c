/* "snp": what a platform must be like. A setting holds for every product, one under a product's name for that product. */
#include "attest/policy/rules.h"
#include <string.h>

#define SNP(member) offsetof(struct avo_policy_snp_product, member)

static const char *const names[AVO_SNP_PRODUCT_COUNT] = {"", "Milan", "Genoa", "Turin"};

static void read_product(struct avo_policy_reader *reader, const json_t *value, void *into) {
    const char *name = json_string_value(value);
    uint32_t *products = into;
    for (uint32_t i = AVO_SNP_MILAN; i < AVO_SNP_PRODUCT_COUNT && name != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            *products |= 1u << i;
            return;
        }
    }
    avo_policy_fail(reader, AVO_EFORMAT, "must be \"Milan\", \"Genoa\" or \"Turin\"");
}

static void read_minimum_tcb(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const char *const parts[] = {"bootloader", "tee", "snp", "microcode", "fmc"};
    struct avo_policy_field fields[AVO_COUNT(parts)];
    uint32_t numbers[AVO_COUNT(parts)] = {0};
    struct avo_policy_snp_product *product = into;
    for (size_t i = 0; i < AVO_COUNT(parts); i++) {
        fields[i] = (struct avo_policy_field){parts[i], AVO_FIELD_NUMBER, i * sizeof numbers[0], 0, 255, NULL, false};
    }
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), numbers);
    for (size_t i = 0; i < AVO_COUNT(parts); i++) {
        product->minimum_tcb[i] = (uint8_t)numbers[i];
    }
    product->has_minimum_tcb = true;
}

/* What stands under "snp" alone, or must wait until the settings for every product are read. */
static void read_afterwards(struct avo_policy_reader *reader, const json_t *value, void *into) {
    (void)reader;
    (void)value;
    (void)into;
}

/* The settings, of every product or of one; then what "snp" has beside them. */
static const struct avo_policy_field fields[] = {
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
    {"required_mitigations", AVO_FIELD_MASK, SNP(required_mitigations), 0, 0, NULL, false},
    {"products", AVO_FIELD_CUSTOM, 0, 0, 0, read_afterwards, false},
    {"Milan", AVO_FIELD_CUSTOM, 0, 0, 0, read_afterwards, false},
    {"Genoa", AVO_FIELD_CUSTOM, 0, 0, 0, read_afterwards, false},
    {"Turin", AVO_FIELD_CUSTOM, 0, 0, 0, read_afterwards, false}};

#define SETTING_COUNT (AVO_COUNT(fields) - 4)

static void read_products(struct avo_policy_reader *reader, const json_t *list, uint32_t *products) {
    if (list != NULL) {
        size_t mark = avo_policy_enter(reader, "products", 0);
        *products = 0;
        avo_policy_read_list(reader, list, AVO_SNP_PRODUCT_COUNT - 1, read_product, products);
        avo_policy_leave(reader, mark);
    }
}

/* One of nothing, {}, is a floor for none: it says that any firmware will do. */
static bool has_floor(const struct avo_policy_snp_product *product) {
    static const uint8_t none[sizeof product->minimum_tcb];
    return product->has_minimum_tcb && memcmp(product->minimum_tcb, none, sizeof none) != 0;
}

static void read_one(struct avo_policy_reader *reader, const json_t *object, unsigned product, struct avo_policy_snp *snp) {
    if (object != NULL) {
        size_t mark = avo_policy_enter(reader, names[product], 0);
        avo_policy_read_object(reader, object, fields, SETTING_COUNT, &snp->of[product]);
        avo_policy_leave(reader, mark);
    }
    if (has_floor(&snp->of[product]) && json_object_get(object, "minimum_tcb") == NULL) {
        snp->shared_floor |= 1u << product;
    }
}

void avo_policy_snp_spread(struct avo_policy_snp *snp) {
    for (unsigned product = AVO_SNP_MILAN; product < AVO_SNP_PRODUCT_COUNT; product++) {
        snp->of[product] = snp->of[AVO_SNP_UNKNOWN];
    }
}

void avo_policy_read_snp(struct avo_policy_reader *reader, const json_t *value, void *into) {
    struct avo_policy_snp *snp = into;
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), &snp->of[AVO_SNP_UNKNOWN]);
    avo_policy_snp_spread(snp);
    read_products(reader, json_object_get(value, "products"), &snp->products);
    for (unsigned product = AVO_SNP_MILAN; product < AVO_SNP_PRODUCT_COUNT; product++) {
        read_one(reader, json_object_get(value, names[product]), product, snp);
    }
}
