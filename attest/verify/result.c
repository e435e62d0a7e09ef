#include "attest/verify/result.h"
#include <string.h>

enum avo_error avo_result_add_advisories(struct avo_attest_result *result, const json_t *advisories) {
    for (size_t i = 0; i < json_array_size(advisories); i++) {
        const char *id = json_string_value(json_array_get(advisories, i));
        uint32_t at = 0;
        while (at < result->advisory_count && strcmp(result->advisory[at], id) != 0) {
            at++;
        }
        if (at < result->advisory_count) {
            continue;
        }
        if (at == AVO_ADVISORIES_MAX || strlen(id) >= AVO_ADVISORY_BYTES) {
            return avo_reason_set(&result->reason, AVO_EFULL, "TCB level: more or longer advisories than this verifier holds");
        }
        memcpy(result->advisory[result->advisory_count++], id, strlen(id) + 1);
    }
    return AVO_OK;
}

void avo_result_set_root(struct avo_attest_result *result, const struct avo_root *root) {
    result->claims.origin = root->origin;
    result->claims.simulated = result->claims.simulated || root->origin == AVO_ROOT_SIMULATED;
    memcpy(result->claims.root, root->name, sizeof root->name);
}

static void claim_sgx(const struct avo_sgx_report *report, struct avo_claims *claims) {
    claims->debug = (report->flags & AVO_SGX_FLAG_DEBUG) != 0;
    claims->measurement_bytes = claims->signer_bytes = 32;
    memcpy(claims->measurement, report->mr_enclave, 32);
    memcpy(claims->signer, report->mr_signer, 32);
    claims->product = report->isv_product_id;
    claims->svn = report->isv_svn;
    memcpy(claims->report_data, report->report_data, sizeof claims->report_data);
}

static void claim_td(const struct avo_td_report *report, struct avo_claims *claims) {
    claims->debug = (report->td_attributes & 0xFF) != 0; /* the whole TUD byte: "under debug" */
    claims->measurement_bytes = claims->signer_bytes = 48;
    memcpy(claims->measurement, report->mr_td, 48);
    memcpy(claims->signer, report->mr_signer_seam, 48);
    memcpy(claims->report_data, report->report_data, sizeof claims->report_data);
}

static void claim_snp(const struct avo_snp_report *report, struct avo_claims *claims) {
    claims->debug = (report->policy >> 19 & 1) != 0;
    claims->measurement_bytes = claims->signer_bytes = 48;
    memcpy(claims->measurement, report->measurement, 48);
    memcpy(claims->signer, report->id_key_digest, 48);
    claims->svn = report->guest_svn;
    memcpy(claims->report_data, report->report_data, sizeof claims->report_data);
    memcpy(claims->chip_id, report->chip_id, sizeof report->chip_id);
    claims->chip_id_bytes = sizeof report->chip_id;
}

void avo_result_claim(const struct avo_evidence *evidence, struct avo_claims *claims) {
    claims->tee = evidence->tee;
    if (evidence->tee == AVO_TEE_SNP) {
        claims->format_version = evidence->snp.version;
        claim_snp(&evidence->snp, claims);
    } else {
        claims->format_version = evidence->quote.version;
        if (evidence->tee == AVO_TEE_SGX) {
            claim_sgx(&evidence->quote.sgx, claims);
        } else {
            claim_td(&evidence->quote.td, claims);
        }
    }
}
