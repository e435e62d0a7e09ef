/* Intel quotes, step by step as docs/ATTESTATION.md tells it. Each step names itself when it fails. */
#include "attest/dcap/verify_dcap.h"
#include "attest/dcap/dcap.h"
#include <stdlib.h>
#include <string.h>

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void claim_platform(struct avo_dcap *dcap) {
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

static void claim_collateral(struct avo_dcap *dcap) {
    struct avo_claims *claims = &dcap->result->claims;
    claims->tcb_evaluation_number = dcap->tcb_info.evaluation_number;
    claims->qe_evaluation_number = dcap->qe_identity.evaluation_number;
    claims->revocation_checked = true;
    claims->collateral_issued_s = later(dcap->tcb_info.issue_date_s, dcap->qe_identity.issue_date_s);
    claims->collateral_expires_s = -later(-dcap->tcb_info.next_update_s, -dcap->qe_identity.next_update_s);
}

static enum avo_error run(struct avo_dcap *dcap) {
    static enum avo_error (*const steps[])(struct avo_dcap *) = {
        avo_dcap_load_pck_chain, avo_dcap_verify_signature, avo_dcap_load_crls,
        avo_dcap_verify_pck,     avo_dcap_verify_qe_report, avo_dcap_load_signers,
        avo_dcap_load_tcb_info,  avo_dcap_load_qe_identity, avo_dcap_evaluate};
    for (size_t i = 0; i < AVO_COUNT(steps); i++) {
        enum avo_error error = steps[i](dcap);
        if (error != AVO_OK) {
            return error;
        }
        if (steps[i] == avo_dcap_verify_pck) {
            claim_platform(dcap);
        }
    }
    claim_collateral(dcap);
    return AVO_OK;
}

enum avo_error avo_dcap_verify(const struct avo_attest_input *input, struct avo_attest_result *result) {
    struct avo_dcap *dcap = calloc(1, sizeof *dcap);
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
