#include "cli/attest/fields.h"
#include "attest/snp/vek.h"
#include "attest/verify/json.h"
#include "attest/x509/clock.h"
#include "cli/attest/fields_parts.h"
#include <stdio.h>

void avo_fields_of_evidence(const struct avo_evidence *evidence, struct avo_sink *sink) {
    if (evidence->tee == AVO_TEE_SNP) {
        avo_fields_of_snp(&evidence->snp, sink);
    } else {
        avo_fields_of_quote(&evidence->quote, sink);
    }
}

static void date_field(struct avo_sink *sink, const char *name, int64_t unix_s) {
    char date[AVO_DATE_BYTES];
    avo_date_format(unix_s, date);
    sink->text(sink, name, date);
}

static void fields_of_intel(const struct avo_claims *claims, struct avo_sink *sink) {
    avo_sink_bytes(sink, "fmspc", claims->fmspc, sizeof claims->fmspc);
    avo_sink_bytes(sink, "pce_id", claims->pce_id, sizeof claims->pce_id);
    sink->number(sink, "pce_svn", claims->pce_svn);
    avo_sink_bytes(sink, "component_svn", claims->component_svn, sizeof claims->component_svn);
    if (claims->has_platform) {
        avo_sink_bytes(sink, "platform_instance_id", claims->platform_instance_id, sizeof claims->platform_instance_id);
        sink->flag(sink, "smt_enabled", claims->smt_enabled);
        sink->flag(sink, "dynamic_platform", claims->dynamic_platform);
    }
    if (claims->collateral_expires_s == 0) {
        return; /* it was not reached */
    }
    sink->text(sink, "level_status", avo_tcb_status_name(claims->level_status));
    sink->text(sink, "qe_status", avo_tcb_status_name(claims->qe_status));
    if (claims->has_module) {
        sink->text(sink, "module_status", avo_tcb_status_name(claims->module_status));
    }
    if (claims->has_current) {
        sink->text(sink, "current_status", avo_tcb_status_name(claims->current_status));
    }
    sink->number(sink, "tcb_evaluation_number", claims->tcb_evaluation_number);
    sink->number(sink, "qe_evaluation_number", claims->qe_evaluation_number);
    date_field(sink, "collateral_issued", claims->collateral_issued_s);
    date_field(sink, "collateral_expires", claims->collateral_expires_s);
}

void avo_fields_of_claims(const struct avo_claims *claims, struct avo_sink *sink) {
    sink->number(sink, "format_version", claims->format_version);
    sink->flag(sink, "debug", claims->debug);
    sink->flag(sink, "simulated", claims->simulated);
    sink->text(sink, "root", claims->root);
    avo_sink_bytes(sink, "measurement", claims->measurement, claims->measurement_bytes);
    avo_sink_bytes(sink, "signer", claims->signer, claims->signer_bytes);
    sink->number(sink, "product", claims->product);
    sink->number(sink, "svn", claims->svn);
    avo_sink_bytes(sink, "report_data", claims->report_data, sizeof claims->report_data);
    avo_sink_bytes(sink, "chip_id", claims->chip_id, claims->chip_id_bytes);
    sink->flag(sink, "revocation_checked", claims->revocation_checked);
    if (claims->tee == AVO_TEE_SNP) {
        sink->text(sink, "cpu", avo_snp_product_name(claims->snp_product));
        sink->text(sink, "signing_key", claims->vlek ? "VLEK" : "VCEK");
    } else {
        fields_of_intel(claims, sink);
    }
}

static void text_group(struct avo_sink *sink, const char *name) {
    (void)sink;
    if (name != NULL) {
        printf("%s\n", name);
    }
}

static void text_text(struct avo_sink *sink, const char *name, const char *value) {
    (void)sink;
    printf("  %-22s %s\n", name, value);
}

static void text_number(struct avo_sink *sink, const char *name, uint64_t value) {
    (void)sink;
    printf("  %-22s %llu\n", name, (unsigned long long)value);
}

static void text_flag(struct avo_sink *sink, const char *name, bool value) {
    text_text(sink, name, value ? "yes" : "no");
}

struct avo_text_sink avo_text_sink(void) {
    return (struct avo_text_sink){{text_group, text_text, text_number, text_flag}};
}
