#include "attest/snp/vek.h"
#include "attest/x509/der.h"
#include <stdio.h>
#include <string.h>

static const char *const product_names[] = {"unknown", "Milan", "Genoa", "Turin"};

const char *avo_snp_product_name(enum avo_snp_product product) {
    return (unsigned)product < AVO_COUNT(product_names) ? product_names[product] : product_names[0];
}

enum avo_snp_product avo_snp_product_parse(struct avo_slice name) {
    for (unsigned i = AVO_SNP_MILAN; i <= AVO_SNP_TURIN; i++) {
        size_t length = strlen(product_names[i]);
        bool starts = name.length >= length && memcmp(name.data, product_names[i], length) == 0;
        if (starts && (name.length == length || name.data[length] == '-')) {
            return (enum avo_snp_product)i;
        }
    }
    return AVO_SNP_UNKNOWN;
}

enum avo_snp_product avo_snp_product_of_cpu(uint8_t family, uint8_t model) {
    if (family == 0x19) {
        if (model <= 0x0F) {
            return AVO_SNP_MILAN;
        }
        return (model >= 0x10 && model <= 0x1F) || (model >= 0xA0 && model <= 0xAF) ? AVO_SNP_GENOA : AVO_SNP_UNKNOWN;
    }
    return family == 0x1A && model <= 0x1F ? AVO_SNP_TURIN : AVO_SNP_UNKNOWN;
}

void avo_snp_tcb_parts(enum avo_snp_product product, const uint8_t tcb[8], uint8_t parts[5]) {
    static const uint8_t before_turin[5] = {0, 1, 6, 7, 0};
    static const uint8_t turin[5] = {1, 2, 3, 7, 0};
    for (size_t i = 0; i < 5; i++) {
        parts[i] = tcb[product == AVO_SNP_TURIN ? turin[i] : before_turin[i]];
    }
    if (product != AVO_SNP_TURIN) {
        parts[4] = 0;
    }
}

/* An INTEGER of one byte under 1.3.6.1.4.1.3704.1.3.`arc`. */
static bool read_spl(X509 *cert, unsigned arc, uint8_t *out) {
    char oid[40];
    struct avo_slice content;
    (void)snprintf(oid, sizeof oid, "1.3.6.1.4.1.3704.1.3.%u", arc);
    bool reserved = arc >= 4 && arc <= 7;
    if (reserved && !avo_cert_has_extension(cert, oid)) {
        return true; /* zero in every report so far, and not in every certificate */
    }
    if (!avo_cert_extension(cert, oid, &content)) {
        return false;
    }
    struct avo_reader reader = avo_reader(content);
    *out = (uint8_t)avo_der_read_number(&reader, AVO_DER_INTEGER, 255);
    return avo_reader_done(&reader);
}

/* Which extension fills which byte of TCB_VERSION: 1 boot loader, 2 TEE, 3 SNP, 4-7 reserved, 8 microcode, 9 FMC. */
static bool read_tcb(X509 *cert, struct avo_vek *vek) {
    static const uint8_t before_turin[8] = {1, 2, 4, 5, 6, 7, 3, 8};
    static const uint8_t turin[8] = {9, 1, 2, 3, 5, 6, 7, 8};
    const uint8_t *arcs = vek->product == AVO_SNP_TURIN ? turin : before_turin;
    for (size_t i = 0; i < sizeof vek->tcb; i++) {
        if (!read_spl(cert, arcs[i], &vek->tcb[i])) {
            return false;
        }
    }
    return true;
}

static bool read_product(X509 *cert, struct avo_vek *vek) {
    struct avo_slice content;
    if (!avo_cert_extension(cert, "1.3.6.1.4.1.3704.1.2", &content)) {
        return false;
    }
    struct avo_reader reader = avo_reader(content);
    vek->product = avo_snp_product_parse(avo_der_read(&reader, AVO_DER_IA5_STRING));
    return avo_reader_done(&reader) && vek->product != AVO_SNP_UNKNOWN;
}

/* KDS certificates carry the HWID without a DER header, others as an OCTET STRING. */
static bool read_chip_id(X509 *cert, struct avo_vek *vek) {
    struct avo_slice content;
    size_t expected = vek->product == AVO_SNP_TURIN ? 8 : 64;
    if (!avo_cert_extension(cert, "1.3.6.1.4.1.3704.1.4", &content)) {
        return false;
    }
    if (content.length == expected + 2) {
        struct avo_reader reader = avo_reader(content);
        content = avo_der_read(&reader, AVO_DER_OCTET_STRING);
    }
    if (content.length != expected) {
        return false;
    }
    memcpy(vek->chip_id, content.data, expected);
    vek->chip_id_bytes = expected;
    return true;
}

enum avo_error avo_vek_from_cert(X509 *cert, struct avo_vek *vek, struct avo_reason *reason) {
    char name[AVO_COMMON_NAME_BYTES];
    memset(vek, 0, sizeof *vek);
    avo_cert_common_name(cert, name, sizeof name);
    vek->vlek = strcmp(name, "SEV-VLEK") == 0;
    if (!vek->vlek && strcmp(name, "SEV-VCEK") != 0) {
        return avo_reason_set(reason, AVO_EAUTH, "VEK certificate: \"%s\" is neither SEV-VCEK nor SEV-VLEK; fetch the right one",
                              name);
    }
    if (!read_product(cert, vek) || !read_tcb(cert, vek) || (!vek->vlek && !read_chip_id(cert, vek))) {
        return avo_reason_set(reason, AVO_EFORMAT,
                              "VEK certificate: an AMD extension (product, TCB or HWID) is missing, doubled or "
                              "malformed");
    }
    return AVO_OK;
}
