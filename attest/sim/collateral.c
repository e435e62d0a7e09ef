#include "attest/sim/collateral.h"
#include "attest/sim/sign.h"
#include "attest/verify/json.h"
#include "attest/x509/clock.h"
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZEROS_48 "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define TCB_DATE "\"tcbDate\":\"2024-03-13T00:00:00Z\""

struct text {
    char *at;
    size_t length, capacity;
    bool failed;
};

static void put(struct text *text, const char *format, ...) AVO_PRINTF(2, 3);
static void put(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->at + text->length, text->capacity - text->length, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= text->capacity - text->length) {
        text->failed = true;
        return;
    }
    text->length += (size_t)length;
}

static void put_hex(struct text *text, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        put(text, "%02X", bytes[i]);
    }
}

static void put_head(struct text *text, const char *id, int version, const struct avo_sim_statement *statement) {
    char issued[AVO_DATE_BYTES];
    char next[AVO_DATE_BYTES];
    avo_date_format(statement->issue_unix_s, issued);
    avo_date_format(statement->issue_unix_s + AVO_SIM_COLLATERAL_DAYS * AVO_SIM_DAY_S, next);
    put(text, "{\"id\":\"%s\",\"version\":%d,\"issueDate\":\"%s\",\"nextUpdate\":\"%s\",", id, version, issued, next);
}

static void put_components(struct text *text, const char *key, const uint8_t svn[16], uint8_t more) {
    put(text, "\"%s\":[", key);
    for (size_t i = 0; i < 16; i++) {
        put(text, "%s{\"svn\":%u}", i == 0 ? "" : ",", (uint8_t)(svn[i] + more));
    }
    put(text, "],");
}

static void put_modules(struct text *text, const struct avo_sim_statement *statement) {
    static const char identity[] = "\"mrsigner\":\"" ZEROS_48 "\",\"attributes\":\"0000000000000000\","
                                   "\"attributesMask\":\"FFFFFFFFFFFFFFFF\"";
    put(text, "\"tdxModule\":{%s},\"tdxModuleIdentities\":[{\"id\":\"TDX_01\",%s,\"tcbLevels\":[", identity, identity);
    put(text, "{\"tcb\":{\"isvsvn\":%u}," TCB_DATE ",\"tcbStatus\":\"UpToDate\"},", statement->module_svn_needed);
    put(text, "{\"tcb\":{\"isvsvn\":1}," TCB_DATE ",\"tcbStatus\":\"%s\",\"advisoryIDs\":[\"INTEL-SA-00002\"]}]}],",
        statement->revoke_old_module ? "Revoked" : "OutOfDate");
}

static void put_tcb_info(struct text *text, const struct avo_sim_options *options, const struct avo_sim_statement *statement) {
    static const uint8_t tdx_svn[16] = {5, 0, 2};
    uint8_t fmspc[6];
    memcpy(fmspc, options->fmspc, sizeof fmspc);
    fmspc[0] ^= statement->wrong_fmspc ? 0x80 : 0;
    put_head(text, statement->tdx ? "TDX" : "SGX", 3, statement);
    put(text, "\"fmspc\":\"");
    put_hex(text, fmspc, sizeof fmspc);
    put(text, "\",\"pceId\":\"");
    put_hex(text, options->pce_id, sizeof options->pce_id);
    put(text, "\",\"tcbType\":0,\"tcbEvaluationDataNumber\":%u,", statement->evaluation_number);
    if (statement->tdx) {
        put_modules(text, statement);
    }
    put(text, "\"tcbLevels\":[{\"tcb\":{");
    put_components(text, "sgxtcbcomponents", options->component_svn, statement->component_needed);
    if (statement->tdx) {
        put_components(text, "tdxtcbcomponents", tdx_svn, 0);
    }
    put(text, "\"pcesvn\":%u}," TCB_DATE ",\"tcbStatus\":\"%s\"", options->pce_svn, avo_tcb_status_name(statement->status));
    if (statement->advisory != NULL) {
        put(text, ",\"advisoryIDs\":[\"%s\"]", statement->advisory);
    }
    put(text, "}]}");
}

static void put_qe_identity(struct text *text, const struct avo_sim_options *options, const struct avo_sim_statement *statement) {
    put_head(text, statement->tdx ? "TD_QE" : "QE", 2, statement);
    put(text,
        "\"tcbEvaluationDataNumber\":%u,\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\","
        "\"attributes\":\"11000000000000000700000000000000\",\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\","
        "\"mrsigner\":\"",
        statement->evaluation_number);
    put_hex(text, options->qe_mr_signer, sizeof options->qe_mr_signer);
    put(text, "\",\"isvprodid\":%u,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":%u}," TCB_DATE ",\"tcbStatus\":\"UpToDate\"},",
        options->qe_product_id + statement->tdx, statement->qe_svn_needed);
    put(text, "{\"tcb\":{\"isvsvn\":1}," TCB_DATE ",\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00003\"]}]}");
}

/* The vendor's response: the object, and the signature over its bytes. */
static struct avo_slice respond(struct text *text, const char *member, EVP_PKEY *key, const struct avo_sim_platform *platform,
                                const struct avo_sim_statement *statement) {
    size_t start = text->length;
    uint8_t signature[64];
    char hex[129];
    put(text, "{\"%s\":", member);
    size_t object = text->length;
    if (strcmp(member, "tcbInfo") == 0) {
        put_tcb_info(text, &platform->options, statement);
    } else {
        put_qe_identity(text, &platform->options, statement);
    }
    struct avo_slice signed_bytes = avo_slice(text->at + object, text->length - object);
    if (text->failed || !avo_sim_sign_raw(key, EVP_sha256(), signed_bytes, signature, 32)) {
        text->failed = true;
        return AVO_SLICE_EMPTY;
    }
    avo_hex_encode(AVO_SLICE_OF(signature), hex);
    put(text, ",\"signature\":\"%s\"}", hex);
    return avo_slice(text->at + start, text->length - start);
}

static struct avo_slice append(struct text *text, const void *bytes, size_t length) {
    if (length == 0 || length > text->capacity - text->length) {
        text->failed = true;
        return AVO_SLICE_EMPTY;
    }
    memcpy(text->at + text->length, bytes, length);
    struct avo_slice slice = avo_slice(text->at + text->length, length);
    text->length += length;
    return slice;
}

static struct avo_slice append_chain(struct text *text, const struct avo_sim_platform *platform) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    bool written = bio != NULL && PEM_write_bio_X509(bio, platform->signing) == 1 && PEM_write_bio_X509(bio, platform->root) == 1;
    long length = written ? BIO_get_mem_data(bio, &pem) : 0;
    struct avo_slice slice = append(text, pem, length > 0 ? (size_t)length : 0);
    BIO_free(bio);
    return slice;
}

static struct avo_slice append_crl(struct text *text, X509 *issuer, EVP_PKEY *key, int64_t from_unix_s, const long *revoked) {
    size_t length = 0;
    const struct avo_sim_crl_request request = {.issuer = issuer,
                                                .issuer_key = key,
                                                .digest = EVP_sha256(),
                                                .from_unix_s = from_unix_s,
                                                .until_unix_s = from_unix_s + AVO_SIM_COLLATERAL_DAYS * AVO_SIM_DAY_S,
                                                .revoked = revoked};
    uint8_t *der = avo_sim_crl(&request, &length);
    struct avo_slice slice = append(text, der, length);
    OPENSSL_free(der);
    return slice;
}

struct avo_sim_statement avo_sim_statement_default(int64_t issue_unix_s) {
    return (struct avo_sim_statement){.issue_unix_s = issue_unix_s,
                                      .evaluation_number = 18,
                                      .status = AVO_TCB_UP_TO_DATE,
                                      .qe_svn_needed = 8,
                                      .module_svn_needed = 5};
}

enum avo_error avo_sim_collateral_make(const struct avo_sim_platform *platform, const struct avo_sim_statement *statement,
                                       struct avo_sim_collateral *out) {
    struct text text = {malloc(AVO_SIM_COLLATERAL_BYTES_MAX), 0, AVO_SIM_COLLATERAL_BYTES_MAX, false};
    long root_revoked[3] = {-1, -1, -1};
    long pck_revoked[2] = {statement->revoke_pck ? 3 : -1, -1};
    size_t count = 0;
    memset(out, 0, sizeof *out);
    if (text.at == NULL) {
        return AVO_EFULL;
    }
    if (statement->revoke_ca) {
        root_revoked[count++] = 2;
    }
    if (statement->revoke_signing) {
        root_revoked[count++] = 4;
    }
    out->bytes = (uint8_t *)text.at;
    out->view.tcb_info = respond(&text, "tcbInfo", platform->signing_key, platform, statement);
    out->view.qe_identity = respond(&text, "enclaveIdentity", platform->signing_key, platform, statement);
    out->view.tcb_chain = append_chain(&text, platform);
    out->view.root_crl = append_crl(&text, platform->root, platform->root_key, statement->issue_unix_s, root_revoked);
    out->view.pck_crl = append_crl(&text, platform->ca, platform->ca_key, statement->issue_unix_s, pck_revoked);
    out->length = text.length;
    if (text.failed) {
        avo_sim_collateral_free(out);
        return AVO_ESPACE;
    }
    return AVO_OK;
}

void avo_sim_collateral_free(struct avo_sim_collateral *collateral) {
    free(collateral->bytes);
    memset(collateral, 0, sizeof *collateral);
}
