#include "attest/sim/platform.h"
#include "attest/sim/sign.h"
#include "base/secret.h"
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define ORGANIZATION "Avocado simulated CPU (not Intel)"
#define VALID_DAYS (20 * 365)
#define FIRST_SERIAL 3 /* of a PCK certificate: 1 and 2 are CAs, 4 signs collateral */

struct avo_sim_options avo_sim_options_default(int64_t now_unix_s) {
    struct avo_sim_options options = {.now_unix_s = now_unix_s,
                                      .fmspc = {0x00, 0x51, 0x4D, 0x00, 0x00, 0x00},
                                      .component_svn = {7, 7, 2, 2, 3, 1, 0, 3},
                                      .pce_svn = 13,
                                      .qe_svn = 8,
                                      .qe_product_id = 1};
    (void)RAND_bytes(options.ppid, sizeof options.ppid);
    memset(options.qe_mr_signer, 0x51, sizeof options.qe_mr_signer);
    return options;
}

static X509 *issue(const struct avo_sim_platform *platform, const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
                   long serial, bool is_ca, struct avo_slice extension) {
    int64_t now_s = platform->options.now_unix_s;
    struct avo_sim_cert_request request = {.common_name = name,
                                           .organization = ORGANIZATION,
                                           .subject_key = key,
                                           .issuer = issuer,
                                           .issuer_key = issuer_key,
                                           .from_unix_s = now_s - AVO_SIM_DAY_S,
                                           .until_unix_s = now_s + VALID_DAYS * AVO_SIM_DAY_S,
                                           .serial = serial,
                                           .is_ca = is_ca,
                                           .digest = EVP_sha256()};
    if (extension.length > 0) {
        request.extension[0].oid = "1.2.840.113741.1.13.1";
        request.extension[0].content = extension;
    }
    return avo_sim_cert(&request);
}

static bool make_keys(EVP_PKEY **const *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        *keys[i] = EVP_EC_gen("P-256");
        if (*keys[i] == NULL) {
            return false;
        }
    }
    return true;
}

/* Root, CA and signer of collateral: one vendor, however many platforms. */
static bool make_vendor(struct avo_sim_platform *p) {
    EVP_PKEY **const keys[] = {&p->root_key, &p->ca_key, &p->signing_key};
    if (!make_keys(keys, AVO_COUNT(keys))) {
        return false;
    }
    p->root = issue(p, "Simulated SGX Root CA", p->root_key, NULL, p->root_key, 1, true, AVO_SLICE_EMPTY);
    if (p->root == NULL) {
        return false;
    }
    p->ca = issue(p, "Simulated SGX PCK Platform CA", p->ca_key, p->root, p->root_key, 2, true, AVO_SLICE_EMPTY);
    p->signing = issue(p, "Simulated SGX TCB Signing", p->signing_key, p->root, p->root_key, 4, false, AVO_SLICE_EMPTY);
    return p->ca != NULL && p->signing != NULL;
}

static bool borrow_vendor(struct avo_sim_platform *p, const struct avo_sim_platform *from) {
    p->root_key = from->root_key;
    p->ca_key = from->ca_key;
    p->signing_key = from->signing_key;
    p->root = from->root;
    p->ca = from->ca;
    p->signing = from->signing;
    return EVP_PKEY_up_ref(p->root_key) == 1 && EVP_PKEY_up_ref(p->ca_key) == 1 && EVP_PKEY_up_ref(p->signing_key) == 1 &&
           X509_up_ref(p->root) == 1 && X509_up_ref(p->ca) == 1 && X509_up_ref(p->signing) == 1;
}

/* What one piece of silicon has of its own. */
static bool make_silicon(struct avo_sim_platform *p, long serial) {
    EVP_PKEY **const keys[] = {&p->pck_key, &p->attestation_key};
    uint8_t extension[1024];
    size_t length = avo_sim_pck_extension(&p->options, extension);
    if (!make_keys(keys, AVO_COUNT(keys)) || !avo_sim_point(p->attestation_key, p->attestation_point) ||
        RAND_bytes(p->auth_data, sizeof p->auth_data) != 1) {
        return false;
    }
    p->pck = issue(p, "Simulated SGX PCK Certificate", p->pck_key, p->ca, p->ca_key, serial, false, avo_slice(extension, length));
    return p->pck != NULL;
}

struct avo_sim_platform *avo_sim_platform_create(const struct avo_sim_options *options) {
    struct avo_sim_platform *platform = calloc(1, sizeof *platform);
    if (platform == NULL) {
        return NULL;
    }
    platform->options = *options;
    if (!make_vendor(platform) || !make_silicon(platform, FIRST_SERIAL)) {
        avo_sim_platform_free(platform);
        return NULL;
    }
    return platform;
}

struct avo_sim_platform *avo_sim_platform_sibling(const struct avo_sim_platform *from) {
    return avo_sim_platform_relative(from, from->options.fmspc);
}

struct avo_sim_platform *avo_sim_platform_relative(const struct avo_sim_platform *from, const uint8_t fmspc[6]) {
    struct avo_sim_platform *platform = calloc(1, sizeof *platform);
    uint32_t serial;
    if (platform == NULL) {
        return NULL;
    }
    platform->options = from->options;
    memcpy(platform->options.fmspc, fmspc, sizeof platform->options.fmspc);
    bool drawn = RAND_bytes(platform->options.ppid, sizeof platform->options.ppid) == 1 &&
                 RAND_bytes((uint8_t *)&serial, sizeof serial) == 1;
    if (!borrow_vendor(platform, from) || !drawn || !make_silicon(platform, (long)(serial >> 1) + FIRST_SERIAL + 2)) {
        avo_sim_platform_free(platform);
        return NULL;
    }
    return platform;
}

void avo_sim_platform_free(struct avo_sim_platform *platform) {
    if (platform == NULL) {
        return;
    }
    EVP_PKEY_free(platform->root_key);
    EVP_PKEY_free(platform->ca_key);
    EVP_PKEY_free(platform->pck_key);
    EVP_PKEY_free(platform->signing_key);
    EVP_PKEY_free(platform->attestation_key);
    X509_free(platform->root);
    X509_free(platform->ca);
    X509_free(platform->pck);
    X509_free(platform->signing);
    avo_secret_wipe(platform, sizeof *platform);
    free(platform);
}

enum avo_error avo_sim_root_pem(const struct avo_sim_platform *platform, char *out, size_t capacity) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long length = bio != NULL && PEM_write_bio_X509(bio, platform->root) == 1 ? BIO_get_mem_data(bio, &text) : 0;
    bool fits = length > 0 && (size_t)length < capacity;
    if (fits) {
        memcpy(out, text, (size_t)length);
        out[length] = '\0';
    }
    BIO_free(bio);
    return fits ? AVO_OK : AVO_ESPACE;
}
