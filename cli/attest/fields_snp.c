#include "cli/attest/fields_parts.h"

static void fields_of_versions(const struct avo_snp_report *report, struct avo_sink *sink) {
    avo_sink_bytes(sink, "current_tcb", report->current_tcb, sizeof report->current_tcb);
    avo_sink_bytes(sink, "reported_tcb", report->reported_tcb, sizeof report->reported_tcb);
    avo_sink_bytes(sink, "committed_tcb", report->committed_tcb, sizeof report->committed_tcb);
    avo_sink_bytes(sink, "launch_tcb", report->launch_tcb, sizeof report->launch_tcb);
    sink->number(sink, "current_major", report->current_major);
    sink->number(sink, "current_minor", report->current_minor);
    sink->number(sink, "current_build", report->current_build);
    sink->number(sink, "committed_major", report->committed_major);
    sink->number(sink, "committed_minor", report->committed_minor);
    sink->number(sink, "committed_build", report->committed_build);
    avo_sink_mask(sink, "launch_mit_vector", report->launch_mit_vector);
    avo_sink_mask(sink, "current_mit_vector", report->current_mit_vector);
}

static void fields_of_policy(const struct avo_snp_report *report, struct avo_sink *sink) {
    static const char *const names[] = {"smt",
                                        NULL,
                                        "migrate_ma",
                                        "debug",
                                        "single_socket",
                                        "cxl",
                                        "mem_aes_256",
                                        "rapl_disabled",
                                        "ciphertext_hiding",
                                        "page_swap_disabled"};
    avo_sink_mask(sink, "policy", report->policy);
    sink->number(sink, "policy_abi_major", report->policy >> 8 & 0xFF);
    sink->number(sink, "policy_abi_minor", report->policy & 0xFF);
    for (unsigned i = 0; i < AVO_COUNT(names); i++) {
        if (names[i] != NULL) {
            sink->flag(sink, names[i], (report->policy >> (16 + i) & 1) != 0);
        }
    }
}

void avo_fields_of_snp(const struct avo_snp_report *report, struct avo_sink *sink) {
    sink->group(sink, "snp_report");
    sink->number(sink, "version", report->version);
    sink->number(sink, "guest_svn", report->guest_svn);
    fields_of_policy(report, sink);
    avo_sink_bytes(sink, "family_id", report->family_id, sizeof report->family_id);
    avo_sink_bytes(sink, "image_id", report->image_id, sizeof report->image_id);
    sink->number(sink, "vmpl", report->vmpl);
    sink->number(sink, "signature_algorithm", report->signature_algorithm);
    avo_sink_mask(sink, "platform_info", report->platform_info);
    sink->number(sink, "key_info", report->key_info);
    avo_sink_bytes(sink, "report_data", report->report_data, sizeof report->report_data);
    avo_sink_bytes(sink, "measurement", report->measurement, sizeof report->measurement);
    avo_sink_bytes(sink, "host_data", report->host_data, sizeof report->host_data);
    avo_sink_bytes(sink, "id_key_digest", report->id_key_digest, sizeof report->id_key_digest);
    avo_sink_bytes(sink, "author_key_digest", report->author_key_digest, sizeof report->author_key_digest);
    avo_sink_bytes(sink, "report_id", report->report_id, sizeof report->report_id);
    avo_sink_bytes(sink, "report_id_ma", report->report_id_ma, sizeof report->report_id_ma);
    sink->number(sink, "cpuid_family", report->cpuid_family);
    sink->number(sink, "cpuid_model", report->cpuid_model);
    sink->number(sink, "cpuid_stepping", report->cpuid_stepping);
    avo_sink_bytes(sink, "chip_id", report->chip_id, sizeof report->chip_id);
    fields_of_versions(report, sink);
    avo_sink_bytes(sink, "signature_r", report->signature_r, sizeof report->signature_r);
    avo_sink_bytes(sink, "signature_s", report->signature_s, sizeof report->signature_s);
}
