/* Intel quotes, step by step as docs/ATTESTATION.md tells it. Each step names itself when it fails. */
#include "attest/chain.h"
#include "attest/clock.h"
#include "attest/ecdsa.h"
#include "attest/pck.h"
#include "attest/qe_identity.h"
#include "attest/tcb_level.h"
#include "attest/verify_parts.h"
#include <stdlib.h>
#include <string.h>

#define FETCH "fetch fresh collateral"

struct dcap {
    const struct avo_attest_input *input;
    const struct avo_quote *quote;
    struct avo_attest_result *result;
    struct avo_reason *reason;
    const struct avo_root *root; /* the one that every chain must end in */
    struct avo_certs pck_certs, tcb_certs, qe_certs;
    X509 *pck_leaf; /* borrowed from the certificates above, as are the two signers */
    X509 *tcb_signer, *qe_signer;
    X509_CRL *root_crl, *pck_crl;
    struct avo_pck pck;
    struct avo_tcb_info tcb_info;
    struct avo_qe_identity qe_identity;
};

static X509 *find_by_name(const struct avo_certs *certs, const char *phrase) {
    for (uint32_t i = 0; i < certs->count; i++) {
        char name[AVO_COMMON_NAME_BYTES];
        avo_cert_common_name(certs->cert[i], name, sizeof name);
        if (strstr(name, phrase) != NULL) {
            return certs->cert[i];
        }
    }
    return NULL;
}

static enum avo_error load_crls(struct dcap *dcap) {
    dcap->root_crl = avo_crl_from_der(dcap->input->collateral->root_crl);
    dcap->pck_crl = avo_crl_from_der(dcap->input->collateral->pck_crl);
    if (dcap->root_crl == NULL || dcap->pck_crl == NULL) {
        return avo_reason_set(dcap->reason, AVO_EFORMAT, "%s CRL: missing, or not one CRL in DER; " FETCH,
                              dcap->root_crl == NULL ? "root" : "PCK");
    }
    return AVO_OK;
}

/* A quote of certification type 1 brings no chain: the collateral must, for the same PPID. */
static enum avo_error load_pck_from_collateral(struct dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    struct avo_slice pem = collateral->pck_chain.length > 0 ? collateral->pck_chain : collateral->tcb_chain;
    enum avo_error error = avo_certs_from_pem(pem, "PCK certificate chain", &dcap->pck_certs, dcap->reason);
    dcap->pck_leaf = error == AVO_OK ? find_by_name(&dcap->pck_certs, "SGX PCK Certificate") : NULL;
    if (dcap->pck_leaf == NULL) {
        return avo_reason_set(dcap->reason, AVO_EFORMAT,
                              "PCK certificate chain: neither in the quote (type 1, PPID only) nor among "
                              "the collateral; fetch the PCK certificate (pck_chain.pem)");
    }
    return AVO_OK;
}

static enum avo_error load_pck_chain(struct dcap *dcap) {
    const struct avo_quote *quote = dcap->quote;
    if (quote->certification_type == 1) {
        return load_pck_from_collateral(dcap);
    }
    enum avo_error error =
        avo_certs_from_canonical_pem(quote->certification_data, "PCK certificate chain", &dcap->pck_certs, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    dcap->pck_leaf = dcap->pck_certs.cert[0];
    char name[AVO_COMMON_NAME_BYTES];
    avo_cert_common_name(dcap->pck_leaf, name, sizeof name);
    if (dcap->pck_certs.count != 3 || strstr(name, "SGX PCK Certificate") == NULL) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "PCK certificate chain: %u certificates of which the first is \"%s\", instead of "
                              "PCK, CA and root",
                              dcap->pck_certs.count, name);
    }
    return AVO_OK;
}

static bool same_name(X509_NAME *a, X509_NAME *b) {
    const unsigned char *a_der = NULL;
    const unsigned char *b_der = NULL;
    size_t a_length = 0;
    size_t b_length = 0;
    return X509_NAME_get0_der(a, &a_der, &a_length) == 1 && X509_NAME_get0_der(b, &b_der, &b_length) == 1 &&
           avo_slice_equal(avo_slice(a_der, a_length), avo_slice(b_der, b_length));
}

static enum avo_error verify_chain(struct dcap *dcap, const char *what, X509 *leaf, const struct avo_certs *certs) {
    const struct avo_root *root = NULL;
    struct avo_chain_input chain = {.what = what,
                                    .renew = FETCH,
                                    .leaf = leaf,
                                    .others = certs,
                                    .crl = {dcap->root_crl, dcap->pck_crl},
                                    .check_revocation = true,
                                    .now_unix_s = dcap->input->now_unix_s,
                                    .roots = dcap->input->roots};
    enum avo_error error = avo_chain_verify(&chain, &root, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    if (dcap->root != NULL && dcap->root != root) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "%s: ends in \"%s\", but the PCK certificate in \"%s\"; the collateral is of "
                              "another vendor",
                              what, root->name, dcap->root->name);
    }
    dcap->root = root;
    avo_result_set_root(dcap->result, root);
    return AVO_OK;
}

static enum avo_error verify_pck(struct dcap *dcap) {
    if (!same_name(X509_CRL_get_issuer(dcap->pck_crl), X509_get_issuer_name(dcap->pck_leaf))) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "PCK CRL: not issued by the CA that issued the PCK certificate (Processor and "
                              "Platform CA have different ones); fetch the other one");
    }
    enum avo_error error = verify_chain(dcap, "PCK certificate chain", dcap->pck_leaf, &dcap->pck_certs);
    if (error == AVO_OK) {
        error = avo_pck_from_cert(dcap->pck_leaf, &dcap->pck, dcap->reason);
    }
    struct avo_slice ppid = dcap->quote->certification_data;
    if (error == AVO_OK && dcap->quote->certification_type == 1 &&
        (ppid.length < sizeof dcap->pck.ppid || memcmp(ppid.data, dcap->pck.ppid, sizeof dcap->pck.ppid) != 0)) {
        error =
            avo_reason_set(dcap->reason, AVO_EAUTH, "PCK certificate: for another platform than the quote's PPID; fetch that one");
    }
    return error;
}

static enum avo_error load_signer(struct dcap *dcap, struct avo_slice pem, const char *what, struct avo_certs *certs,
                                  X509 **signer) {
    enum avo_error error = avo_certs_from_pem(pem, what, certs, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    *signer = find_by_name(certs, "SGX TCB Signing");
    if (*signer == NULL) {
        return avo_reason_set(dcap->reason, AVO_EAUTH, "%s: no \"SGX TCB Signing\" certificate in it; " FETCH, what);
    }
    return verify_chain(dcap, what, *signer, certs);
}

static enum avo_error load_signers(struct dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    enum avo_error error = load_signer(dcap, collateral->tcb_chain, "TCB info issuer chain", &dcap->tcb_certs, &dcap->tcb_signer);
    dcap->qe_signer = dcap->tcb_signer;
    bool same = collateral->qe_chain.length == 0 || avo_slice_equal(collateral->qe_chain, collateral->tcb_chain);
    if (error == AVO_OK && !same) {
        error = load_signer(dcap, collateral->qe_chain, "QE identity issuer chain", &dcap->qe_certs, &dcap->qe_signer);
    }
    return error;
}

static enum avo_error check_window(struct dcap *dcap, const char *what, int64_t issued_s, int64_t expires_s) {
    char date[AVO_DATE_BYTES];
    if (dcap->input->now_unix_s > expires_s) {
        avo_date_format(expires_s, date);
        return avo_reason_set(dcap->reason, AVO_ESTALE, "%s: expired %s; " FETCH, what, date);
    }
    if (dcap->input->now_unix_s < issued_s) {
        avo_date_format(issued_s, date);
        return avo_reason_set(dcap->reason, AVO_ESTALE, "%s: not valid before %s; check the clock (--at)", what, date);
    }
    return AVO_OK;
}

static enum avo_error load_signed(struct dcap *dcap, struct avo_slice text, struct avo_slice signature, const char *member,
                                  const char *what, X509 *signer, struct avo_slice *object) {
    struct avo_signed_json json;
    enum avo_error error = avo_collateral_split(text, signature, member, what, &json, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    if (!avo_ecdsa_verify(avo_cert_key(signer), AVO_SLICE_OF(json.signature), json.object)) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "%s: its signature does not verify over the bytes as given; " FETCH " and do not re-format it", what);
    }
    *object = json.object;
    return AVO_OK;
}

static enum avo_error load_tcb_info(struct dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    struct avo_slice object;
    enum avo_error error =
        load_signed(dcap, collateral->tcb_info, collateral->tcb_info_signature, "tcbInfo", "TCB info", dcap->tcb_signer, &object);
    error = error != AVO_OK ? error : avo_tcb_info_parse(object, &dcap->tcb_info, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    const struct avo_tcb_info *info = &dcap->tcb_info;
    if (info->tdx != (dcap->input->evidence->tee == AVO_TEE_TDX)) {
        return avo_reason_set(dcap->reason, AVO_EDENIED, "TCB info: for %s, but the quote is not; fetch the other one",
                              info->tdx ? "TDX" : "SGX");
    }
    bool same = memcmp(info->fmspc, dcap->pck.fmspc, sizeof info->fmspc) == 0 &&
                memcmp(info->pce_id, dcap->pck.pce_id, sizeof info->pce_id) == 0;
    if (!same) {
        return avo_reason_set(dcap->reason, AVO_EDENIED,
                              "TCB info: for another CPU family (FMSPC or PCE id) than the PCK certificate; "
                              "fetch the one for this platform");
    }
    return check_window(dcap, "TCB info", info->issue_date_s, info->next_update_s);
}

static enum avo_error load_qe_identity(struct dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    struct avo_slice object;
    enum avo_error error = load_signed(dcap, collateral->qe_identity, collateral->qe_identity_signature, "enclaveIdentity",
                                       "QE identity", dcap->qe_signer, &object);
    error = error != AVO_OK ? error : avo_qe_identity_parse(object, &dcap->qe_identity, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    if (dcap->qe_identity.tdx != (dcap->input->evidence->tee == AVO_TEE_TDX)) {
        return avo_reason_set(dcap->reason, AVO_EDENIED,
                              "QE identity: of the %s quoting enclave, but the quote is of the other kind; "
                              "fetch the other one",
                              dcap->qe_identity.tdx ? "TDX" : "SGX");
    }
    return check_window(dcap, "QE identity", dcap->qe_identity.issue_date_s, dcap->qe_identity.next_update_s);
}

/* The quoting enclave's report vouches for the attestation key: SHA-256(key || auth data), then 32 zero bytes. */
static bool binds_key(const struct avo_quote *quote) {
    uint8_t expected[64] = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool hashed = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                  EVP_DigestUpdate(context, quote->attestation_key.data, quote->attestation_key.length) == 1 &&
                  EVP_DigestUpdate(context, quote->auth_data.data, quote->auth_data.length) == 1 &&
                  EVP_DigestFinal_ex(context, expected, NULL) == 1;
    EVP_MD_CTX_free(context);
    return hashed && memcmp(expected, quote->qe_report.report_data, sizeof expected) == 0;
}

static enum avo_error verify_quote(struct dcap *dcap) {
    const struct avo_quote *quote = dcap->quote;
    if (!avo_ecdsa_verify(avo_cert_key(dcap->pck_leaf), quote->qe_signature, quote->qe_report_bytes)) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "quoting enclave report: not signed by the platform's PCK; the quote is altered "
                              "or put together from two");
    }
    if (!binds_key(quote)) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "quoting enclave report: does not vouch for this attestation key; the quote is "
                              "altered");
    }
    EVP_PKEY *key = avo_ecdsa_p256_key(quote->attestation_key);
    bool verified = avo_ecdsa_verify(key, quote->signature, quote->signed_bytes);
    EVP_PKEY_free(key);
    if (!verified) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "quote signature: does not verify under the attestation key; the quote is "
                              "altered");
    }
    return AVO_OK;
}

static enum avo_error evaluate(struct dcap *dcap) {
    struct avo_attest_result *result = dcap->result;
    const struct avo_svn_level *qe_level = NULL;
    struct avo_tcb_match match;
    enum avo_error error = avo_qe_identity_match(&dcap->qe_identity, &dcap->quote->qe_report, &qe_level, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    const struct avo_td_report *td = dcap->input->evidence->tee == AVO_TEE_TDX ? &dcap->quote->td : NULL;
    result->status = AVO_TCB_NOT_SUPPORTED;
    error = avo_tcb_evaluate(&dcap->tcb_info, &dcap->pck, td, qe_level->status, &match, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    result->status = match.status;
    result->claims.level_status = match.level->status;
    result->claims.qe_status = qe_level->status;
    result->claims.has_module = match.module_level != NULL;
    result->claims.module_status = match.module_level == NULL ? AVO_TCB_NOT_EVALUATED : match.module_level->status;
    error = avo_result_add_advisories(result, match.level->advisories);
    if (error == AVO_OK && match.module_level != NULL) {
        error = avo_result_add_advisories(result, match.module_level->advisories);
    }
    return error != AVO_OK ? error : avo_result_add_advisories(result, qe_level->advisories);
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void claim_platform(struct dcap *dcap) {
    struct avo_claims *claims = &dcap->result->claims;
    const struct avo_pck *pck = &dcap->pck;
    memcpy(claims->chip_id, pck->ppid, sizeof pck->ppid);
    claims->chip_id_bytes = sizeof pck->ppid;
    memcpy(claims->platform_instance_id, pck->platform_instance_id, sizeof pck->platform_instance_id);
    claims->has_platform = pck->has_platform;
    claims->smt_enabled = pck->smt_enabled;
    claims->dynamic_platform = pck->dynamic_platform;
    memcpy(claims->fmspc, pck->fmspc, sizeof pck->fmspc);
    memcpy(claims->pce_id, pck->pce_id, sizeof pck->pce_id);
    claims->pce_svn = pck->pce_svn;
    memcpy(claims->component_svn, pck->component_svn, sizeof pck->component_svn);
}

static void claim_collateral(struct dcap *dcap) {
    struct avo_claims *claims = &dcap->result->claims;
    claims->tcb_evaluation_number = dcap->tcb_info.evaluation_number;
    claims->qe_evaluation_number = dcap->qe_identity.evaluation_number;
    claims->revocation_checked = true;
    claims->collateral_issued_s = later(dcap->tcb_info.issue_date_s, dcap->qe_identity.issue_date_s);
    claims->collateral_expires_s = -later(-dcap->tcb_info.next_update_s, -dcap->qe_identity.next_update_s);
}

static enum avo_error run(struct dcap *dcap) {
    static enum avo_error (*const steps[])(struct dcap *) = {load_crls,     load_pck_chain,   verify_pck,   load_signers,
                                                             load_tcb_info, load_qe_identity, verify_quote, evaluate};
    for (size_t i = 0; i < AVO_COUNT(steps); i++) {
        enum avo_error error = steps[i](dcap);
        if (error != AVO_OK) {
            return error;
        }
        if (steps[i] == verify_pck) {
            claim_platform(dcap);
        }
    }
    claim_collateral(dcap);
    return AVO_OK;
}

enum avo_error avo_dcap_verify(const struct avo_attest_input *input, struct avo_attest_result *result) {
    struct dcap *dcap = calloc(1, sizeof *dcap);
    if (dcap == NULL) {
        return avo_reason_set(&result->reason, AVO_EFULL, "verifier: out of memory");
    }
    dcap->input = input;
    dcap->quote = &input->evidence->quote;
    dcap->result = result;
    dcap->reason = &result->reason;
    enum avo_error error = run(dcap);
    avo_tcb_info_free(&dcap->tcb_info);
    avo_qe_identity_free(&dcap->qe_identity);
    avo_certs_free(&dcap->pck_certs);
    avo_certs_free(&dcap->tcb_certs);
    avo_certs_free(&dcap->qe_certs);
    X509_CRL_free(dcap->root_crl);
    X509_CRL_free(dcap->pck_crl);
    free(dcap);
    return error;
}
