#include "attest/dcap/pck.h"
#include "attest/x509/cert.h"
#include "attest/x509/clock.h"
#include "cli/attest/fields_parts.h"

static void fields_of_sgx(const struct avo_sgx_report *report, struct avo_sink *sink) {
    avo_sink_bytes(sink, "cpu_svn", report->cpu_svn, sizeof report->cpu_svn);
    sink->number(sink, "misc_select", report->misc_select);
    avo_sink_mask(sink, "attributes_flags", report->flags);
    sink->flag(sink, "debug", (report->flags & AVO_SGX_FLAG_DEBUG) != 0);
    avo_sink_mask(sink, "attributes_xfrm", report->xfrm);
    avo_sink_bytes(sink, "mr_enclave", report->mr_enclave, sizeof report->mr_enclave);
    avo_sink_bytes(sink, "mr_signer", report->mr_signer, sizeof report->mr_signer);
    sink->number(sink, "isv_product_id", report->isv_product_id);
    sink->number(sink, "isv_svn", report->isv_svn);
    sink->number(sink, "config_svn", report->config_svn);
    avo_sink_bytes(sink, "config_id", report->config_id, sizeof report->config_id);
    avo_sink_bytes(sink, "isv_family_id", report->isv_family_id, sizeof report->isv_family_id);
    avo_sink_bytes(sink, "isv_ext_product_id", report->isv_ext_product_id, sizeof report->isv_ext_product_id);
    avo_sink_bytes(sink, "report_data", report->report_data, sizeof report->report_data);
}

static void fields_of_td(const struct avo_td_report *report, struct avo_sink *sink) {
    static const char *const rtmr[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    avo_sink_bytes(sink, "tee_tcb_svn", report->tee_tcb_svn, sizeof report->tee_tcb_svn);
    avo_sink_bytes(sink, "mr_seam", report->mr_seam, sizeof report->mr_seam);
    avo_sink_bytes(sink, "mr_signer_seam", report->mr_signer_seam, sizeof report->mr_signer_seam);
    avo_sink_bytes(sink, "seam_attributes", report->seam_attributes, sizeof report->seam_attributes);
    avo_sink_mask(sink, "td_attributes", report->td_attributes);
    sink->flag(sink, "debug", (report->td_attributes & 0xFF) != 0);
    avo_sink_mask(sink, "xfam", report->xfam);
    avo_sink_bytes(sink, "mr_td", report->mr_td, sizeof report->mr_td);
    avo_sink_bytes(sink, "mr_config_id", report->mr_config_id, sizeof report->mr_config_id);
    avo_sink_bytes(sink, "mr_owner", report->mr_owner, sizeof report->mr_owner);
    avo_sink_bytes(sink, "mr_owner_config", report->mr_owner_config, sizeof report->mr_owner_config);
    for (size_t i = 0; i < AVO_COUNT(rtmr); i++) {
        avo_sink_bytes(sink, rtmr[i], report->rtmr[i], sizeof report->rtmr[i]);
    }
    avo_sink_bytes(sink, "report_data", report->report_data, sizeof report->report_data);
    if (report->has_15) {
        avo_sink_bytes(sink, "tee_tcb_svn2", report->tee_tcb_svn2, sizeof report->tee_tcb_svn2);
        avo_sink_bytes(sink, "mr_service_td", report->mr_service_td, sizeof report->mr_service_td);
    }
}

void avo_fields_of_quote(const struct avo_quote *quote, struct avo_sink *sink) {
    sink->group(sink, "quote");
    sink->number(sink, "version", quote->version);
    sink->number(sink, "attestation_key_type", quote->attestation_key_type);
    sink->number(sink, "tee_type", quote->tee_type);
    sink->number(sink, "body_type", quote->body_type);
    avo_sink_bytes(sink, "qe_vendor_id", quote->vendor_id, sizeof quote->vendor_id);
    avo_sink_bytes(sink, "user_data", quote->user_data, sizeof quote->user_data);
    sink->number(sink, "zero_tail_bytes", quote->zero_tail_bytes);
    sink->group(sink, quote->body_type == 1 ? "sgx_report" : "td_report");
    if (quote->body_type == 1) {
        fields_of_sgx(&quote->sgx, sink);
    } else {
        fields_of_td(&quote->td, sink);
    }
    sink->group(sink, "signature");
    avo_sink_bytes(sink, "quote_signature", quote->signature.data, quote->signature.length);
    avo_sink_bytes(sink, "attestation_key", quote->attestation_key.data, quote->attestation_key.length);
    avo_sink_bytes(sink, "qe_signature", quote->qe_signature.data, quote->qe_signature.length);
    avo_sink_bytes(sink, "qe_auth_data", quote->auth_data.data, quote->auth_data.length);
    sink->number(sink, "certification_type", quote->certification_type);
    sink->number(sink, "certification_bytes", quote->certification_data.length);
    sink->group(sink, "quoting_enclave_report");
    fields_of_sgx(&quote->qe_report, sink);
}

static void fields_of_pck(const struct avo_pck *pck, struct avo_sink *sink) {
    sink->group(sink, "pck_certificate");
    avo_sink_bytes(sink, "ppid", pck->ppid, sizeof pck->ppid);
    avo_sink_bytes(sink, "component_svn", pck->component_svn, sizeof pck->component_svn);
    sink->number(sink, "pce_svn", pck->pce_svn);
    avo_sink_bytes(sink, "cpu_svn", pck->cpu_svn, sizeof pck->cpu_svn);
    avo_sink_bytes(sink, "pce_id", pck->pce_id, sizeof pck->pce_id);
    avo_sink_bytes(sink, "fmspc", pck->fmspc, sizeof pck->fmspc);
    sink->number(sink, "sgx_type", pck->sgx_type);
    if (pck->has_platform) {
        avo_sink_bytes(sink, "platform_instance_id", pck->platform_instance_id, sizeof pck->platform_instance_id);
        sink->flag(sink, "dynamic_platform", pck->dynamic_platform);
        sink->flag(sink, "cached_keys", pck->cached_keys);
        sink->flag(sink, "smt_enabled", pck->smt_enabled);
    }
}

static void fields_of_cert(X509 *cert, struct avo_sink *sink) {
    char name[AVO_COMMON_NAME_BYTES];
    char date[AVO_DATE_BYTES];
    int64_t unix_s = 0;
    sink->group(sink, "certificate");
    avo_cert_common_name(cert, name, sizeof name);
    sink->text(sink, "subject", name);
    if (avo_asn1_time(X509_get0_notBefore(cert), &unix_s)) {
        avo_date_format(unix_s, date);
        sink->text(sink, "not_before", date);
    }
    if (avo_asn1_time(X509_get0_notAfter(cert), &unix_s)) {
        avo_date_format(unix_s, date);
        sink->text(sink, "not_after", date);
    }
}

void avo_fields_of_certificates(const struct avo_evidence *evidence, struct avo_sink *sink) {
    struct avo_certs certs;
    struct avo_pck pck;
    struct avo_reason ignored;
    bool quote = evidence->tee == AVO_TEE_SGX || evidence->tee == AVO_TEE_TDX;
    if (!quote || avo_certs_from_pem(evidence->quote.certification_data, "", &certs, &ignored) != AVO_OK) {
        return;
    }
    if (avo_pck_from_cert(certs.cert[0], &pck, &ignored) == AVO_OK) {
        fields_of_pck(&pck, sink);
    }
    for (uint32_t i = 0; i < certs.count; i++) {
        fields_of_cert(certs.cert[i], sink);
    }
    avo_certs_free(&certs);
}
