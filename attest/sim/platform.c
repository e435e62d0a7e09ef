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

static bool make_keys(struct avo_sim_platform *platform) {
    EVP_PKEY **const keys[] = {&platform->root_key, &platform->ca_key, &platform->pck_key, &platform->signing_key,
                               &platform->attestation_key};
    for (size_t i = 0; i < AVO_COUNT(keys); i++) {
        *keys[i] = EVP_EC_gen("P-256");
        if (*keys[i] == NULL) {
            return false;
        }
    }
    return avo_sim_point(platform->attestation_key, platform->attestation_point) &&
           RAND_bytes(platform->auth_data, sizeof platform->auth_data) == 1;
}

static bool make_certs(struct avo_sim_platform *p) {
    uint8_t extension[1024];
    size_t length = avo_sim_pck_extension(&p->options, extension);
    p->root = issue(p, "Simulated SGX Root CA", p->root_key, NULL, p->root_key, 1, true, AVO_SLICE_EMPTY);
    p->ca = p->root == NULL ? NULL
                            : issue(p, "Simulated SGX PCK Platform CA", p->ca_key, p->root, p->root_key, 2, true, AVO_SLICE_EMPTY);
    p->pck = p->ca == NULL
                 ? NULL
                 : issue(p, "Simulated SGX PCK Certificate", p->pck_key, p->ca, p->ca_key, 3, false, avo_slice(extension, length));
    p->signing = p->root == NULL
                     ? NULL
                     : issue(p, "Simulated SGX TCB Signing", p->signing_key, p->root, p->root_key, 4, false, AVO_SLICE_EMPTY);
    return p->pck != NULL && p->signing != NULL;
}

struct avo_sim_platform *avo_sim_platform_create(const struct avo_sim_options *options) {
    struct avo_sim_platform *platform = calloc(1, sizeof *platform);
    if (platform == NULL) {
        return NULL;
    }
    platform->options = *options;
    if (!make_keys(platform) || !make_certs(platform)) {
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
