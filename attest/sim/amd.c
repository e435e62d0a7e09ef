#include "attest/sim/amd.h"
#include "attest/sim/sign.h"
#include "attest/snp/vek.h"
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORGANIZATION "Avocado simulated AMD (not AMD)"
#define OID_STEM "1.3.6.1.4.1.3704.1."

enum { SERIAL_ASK = 2 };

struct avo_sim_amd_options avo_sim_amd_options_default(enum avo_snp_product product, int64_t now_unix_s) {
    struct avo_sim_amd_options options = {.product = product, .now_unix_s = now_unix_s, .tcb = {3, 0, 0, 0, 0, 0, 20, 209}};
    if (product == AVO_SNP_TURIN) {
        static const uint8_t turin[8] = {1, 1, 1, 3, 0, 0, 0, 77};
        memcpy(options.tcb, turin, sizeof turin);
    }
    memset(options.chip_id, 0xC1, product == AVO_SNP_TURIN ? 8 : 64);
    return options;
}

/* A DER INTEGER of one byte. */
static struct avo_slice integer(uint8_t value, uint8_t out[4]) {
    out[0] = 0x02;
    out[1] = value < 0x80 ? 1 : 2;
    out[2] = value < 0x80 ? value : 0;
    out[3] = value;
    return avo_slice(out, value < 0x80 ? 3 : 4);
}

/* Room for what the extensions of one request point at. */
struct extensions {
    uint8_t numbers[9][4];
    uint8_t product[16];
    uint8_t hwid[66];
};

static void add(struct avo_sim_cert_request *request, size_t *count, const char *oid, struct avo_slice content) {
    request->extension[(*count)++] = (struct avo_sim_extension){oid, content};
}

/* By byte of TCB_VERSION, the extension that AMD puts it into. */
static void add_tcb(struct avo_sim_cert_request *request, size_t *count, const struct avo_sim_amd_options *options,
                    struct extensions *room) {
    static const char *const before_turin[8] = {OID_STEM "3.1", OID_STEM "3.2", OID_STEM "3.4", OID_STEM "3.5",
                                                OID_STEM "3.6", OID_STEM "3.7", OID_STEM "3.3", OID_STEM "3.8"};
    static const char *const turin[8] = {OID_STEM "3.9", OID_STEM "3.1", OID_STEM "3.2", OID_STEM "3.3",
                                         OID_STEM "3.5", OID_STEM "3.6", OID_STEM "3.7", OID_STEM "3.8"};
    for (size_t i = 0; i < 8; i++) {
        add(request, count, options->product == AVO_SNP_TURIN ? turin[i] : before_turin[i],
            integer(options->tcb[i], room->numbers[i]));
    }
}

static void add_extensions(struct avo_sim_cert_request *request, const struct avo_sim_amd_options *options,
                           struct extensions *room) {
    size_t count = 0;
    const char *product = avo_snp_product_name(options->product);
    size_t hwid_bytes = options->product == AVO_SNP_TURIN ? 8 : 64;
    room->product[0] = 0x16;
    room->product[1] = (uint8_t)strlen(product);
    memcpy(room->product + 2, product, strlen(product));
    room->hwid[0] = 0x04;
    room->hwid[1] = (uint8_t)hwid_bytes;
    memcpy(room->hwid + 2, options->chip_id, hwid_bytes);
    add(request, &count, OID_STEM "1", integer(options->product == AVO_SNP_TURIN, room->numbers[8]));
    add(request, &count, OID_STEM "2", avo_slice(room->product, 2 + strlen(product)));
    add_tcb(request, &count, options, room);
    if (!options->vlek) {
        size_t skip = options->octet_hwid ? 0 : 2;
        add(request, &count, OID_STEM "4", avo_slice(room->hwid + skip, hwid_bytes + 2 - skip));
    }
}

static X509 *issue(const struct avo_sim_amd *amd, const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, long serial,
                   bool is_ca) {
    struct extensions room;
    struct avo_sim_cert_request request = {.common_name = name,
                                           .organization = ORGANIZATION,
                                           .subject_key = key,
                                           .issuer = issuer,
                                           .issuer_key = issuer_key,
                                           .from_unix_s = amd->options.now_unix_s - AVO_SIM_DAY_S,
                                           .until_unix_s = amd->options.now_unix_s + 7 * 365 * AVO_SIM_DAY_S,
                                           .serial = serial,
                                           .is_ca = is_ca,
                                           .digest = EVP_sha384(),
                                           .rsa_pss = true};
    if (!is_ca) {
        add_extensions(&request, &amd->options, &room);
    }
    return avo_sim_cert(&request);
}

static bool make_vendor(struct avo_sim_amd *amd) {
    char ark[32];
    char ask[32];
    const char *product = avo_snp_product_name(amd->options.product);
    (void)snprintf(ark, sizeof ark, "ARK-%s", product);
    (void)snprintf(ask, sizeof ask, "SEV-%s%s", amd->options.vlek ? "VLEK-" : "", product);
    amd->ark_key = EVP_RSA_gen(2048);
    amd->ask_key = EVP_RSA_gen(2048);
    if (amd->ark_key == NULL || amd->ask_key == NULL) {
        return false;
    }
    amd->ark = issue(amd, ark, amd->ark_key, NULL, amd->ark_key, 1, true);
    amd->ask = amd->ark == NULL ? NULL : issue(amd, ask, amd->ask_key, amd->ark, amd->ark_key, SERIAL_ASK, true);
    return amd->ask != NULL;
}

static bool borrow_vendor(struct avo_sim_amd *amd, const struct avo_sim_amd *from) {
    amd->ark_key = from->ark_key;
    amd->ask_key = from->ask_key;
    amd->ark = from->ark;
    amd->ask = from->ask;
    return EVP_PKEY_up_ref(amd->ark_key) == 1 && EVP_PKEY_up_ref(amd->ask_key) == 1 && X509_up_ref(amd->ark) == 1 &&
           X509_up_ref(amd->ask) == 1;
}

static bool make_chip(struct avo_sim_amd *amd) {
    amd->vek_key = EVP_EC_gen("P-384");
    amd->vek = amd->vek_key == NULL
                   ? NULL
                   : issue(amd, amd->options.vlek ? "SEV-VLEK" : "SEV-VCEK", amd->vek_key, amd->ask, amd->ask_key, 0, false);
    return amd->vek != NULL;
}

static struct avo_slice append(struct avo_sim_amd *amd, size_t *used, const void *bytes, size_t length) {
    if (length == 0 || length > sizeof amd->bytes - *used) {
        return AVO_SLICE_EMPTY;
    }
    memcpy(amd->bytes + *used, bytes, length);
    struct avo_slice slice = avo_slice(amd->bytes + *used, length);
    *used += length;
    return slice;
}

static bool make_view(struct avo_sim_amd *amd) {
    size_t used = 0;
    size_t crl_length = 0;
    int64_t now_s = amd->options.now_unix_s;
    const long revoked[] = {amd->options.revoke_ask ? SERIAL_ASK : -1, -1};
    uint8_t *der = NULL;
    char *pem = NULL;
    int der_length = i2d_X509(amd->vek, &der);
    BIO *bio = BIO_new(BIO_s_mem());
    bool written = bio != NULL && PEM_write_bio_X509(bio, amd->ask) == 1 && PEM_write_bio_X509(bio, amd->ark) == 1;
    long pem_length = written ? BIO_get_mem_data(bio, &pem) : 0;
    const struct avo_sim_crl_request request = {.issuer = amd->ark,
                                                .issuer_key = amd->ark_key,
                                                .digest = EVP_sha384(),
                                                .rsa_pss = true,
                                                .from_unix_s = now_s,
                                                .until_unix_s = now_s + 30 * AVO_SIM_DAY_S,
                                                .revoked = revoked};
    uint8_t *crl = avo_sim_crl(&request, &crl_length);
    amd->view.vek = append(amd, &used, der, der_length > 0 ? (size_t)der_length : 0);
    amd->view.vek_chain = append(amd, &used, pem, pem_length > 0 ? (size_t)pem_length : 0);
    amd->view.amd_crl = append(amd, &used, crl, crl_length);
    OPENSSL_free(der);
    OPENSSL_free(crl);
    BIO_free(bio);
    return amd->view.vek.length > 0 && amd->view.vek_chain.length > 0 && amd->view.amd_crl.length > 0;
}

struct avo_sim_amd *avo_sim_amd_create(const struct avo_sim_amd_options *options) {
    struct avo_sim_amd *amd = calloc(1, sizeof *amd);
    if (amd == NULL) {
        return NULL;
    }
    amd->options = *options;
    if (options->vlek) {
        memset(amd->options.chip_id, 0, sizeof amd->options.chip_id);
    }
    if (!make_vendor(amd) || !make_chip(amd) || !make_view(amd)) {
        avo_sim_amd_free(amd);
        return NULL;
    }
    return amd;
}

struct avo_sim_amd *avo_sim_amd_sibling(const struct avo_sim_amd *from, const uint8_t chip_id[64]) {
    struct avo_sim_amd *amd = calloc(1, sizeof *amd);
    if (amd == NULL) {
        return NULL;
    }
    amd->options = from->options;
    memcpy(amd->options.chip_id, chip_id, sizeof amd->options.chip_id);
    if (!borrow_vendor(amd, from) || !make_chip(amd) || !make_view(amd)) {
        avo_sim_amd_free(amd);
        return NULL;
    }
    return amd;
}

void avo_sim_amd_free(struct avo_sim_amd *amd) {
    if (amd == NULL) {
        return;
    }
    EVP_PKEY_free(amd->ark_key);
    EVP_PKEY_free(amd->ask_key);
    EVP_PKEY_free(amd->vek_key);
    X509_free(amd->ark);
    X509_free(amd->ask);
    X509_free(amd->vek);
    free(amd);
}

enum avo_error avo_sim_amd_root_pem(const struct avo_sim_amd *amd, char *out, size_t capacity) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long length = bio != NULL && PEM_write_bio_X509(bio, amd->ark) == 1 ? BIO_get_mem_data(bio, &text) : 0;
    bool fits = length > 0 && (size_t)length < capacity;
    if (fits) {
        memcpy(out, text, (size_t)length);
        out[length] = '\0';
    }
    BIO_free(bio);
    return fits ? AVO_OK : AVO_ESPACE;
}
