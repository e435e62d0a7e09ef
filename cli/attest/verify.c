#include "attest/policy/reader.h"
#include "attest/snp/vek.h"
#include "attest/verify/load.h"
#include "attest/verify/parse.h"
#include "attest/x509/clock.h"
#include "cli/attest/json_sink.h"
#include "cli/attest/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything one verification reads. */
struct job {
    const struct avo_attest_options *options;
    struct avo_buffer bytes;
    struct avo_pool pool;
    struct avo_collateral collateral; /* of the pool, for this evidence */
    struct avo_policy *policy;
    struct avo_buffer policy_text;
    struct avo_roots roots;
    struct avo_attest_result result;
    struct avo_reason reason;
};

static enum avo_error load_policy(struct job *job) {
    struct avo_buffer *text = &job->policy_text;
    job->policy = malloc(sizeof *job->policy);
    if (job->policy == NULL) {
        return avo_reason_set(&job->reason, AVO_EFULL, "out of memory");
    }
    if (job->options->policy == NULL) {
        *job->policy = avo_policy_default_production();
        return AVO_OK;
    }
    enum avo_error error = avo_file_read(job->options->policy, text, &job->reason);
    return error != AVO_OK ? error : avo_policy_parse(avo_buffer_slice(text), job->options->policy, job->policy, &job->reason);
}

/* --root takes the vendors' place; the policy's simulated root stays what it is. */
static enum avo_error load_roots(struct job *job) {
    struct avo_buffer pem;
    enum avo_error error = avo_policy_roots(job->policy, &job->roots, &job->reason);
    if (error != AVO_OK || job->options->root == NULL) {
        return error;
    }
    error = avo_file_read(job->options->root, &pem, &job->reason);
    struct avo_roots given = {.count = 0};
    error = error != AVO_OK ? error : avo_roots_add(&given, avo_buffer_slice(&pem), AVO_ROOT_GIVEN, &job->reason);
    for (uint32_t i = 0; i < job->roots.count && error == AVO_OK; i++) {
        if (job->roots.root[i].origin == AVO_ROOT_SIMULATED) {
            given.root[given.count++] = job->roots.root[i];
        }
    }
    job->roots = given;
    free(pem.data);
    return error;
}

static enum avo_error load(struct job *job) {
    if (job->options->collateral == NULL) {
        return avo_reason_set(&job->reason, AVO_EINVAL, "%s: give its --collateral, a folder or a JSON bundle", job->options->file);
    }
    enum avo_error error = avo_pool_load(job->options->collateral, &job->pool, &job->reason);
    error = error != AVO_OK ? error : load_policy(job);
    error = error != AVO_OK ? error : load_roots(job);
    if (error == AVO_OK) {
        error = avo_evidence_load(job->options->file, &job->bytes, &job->reason);
        if (error == AVO_OK && job->bytes.length == 0) {
            error = avo_reason_set(&job->reason, AVO_EIO, "%s: an empty file", job->options->file);
        }
    }
    return error;
}

/* Which piece the verifier cannot do without is not there at all; NULL when none. */
static const char *missing_piece(const struct avo_collateral *collateral, enum avo_tee tee) {
    bool amd = tee == AVO_TEE_SNP;
    const struct {
        const char *name;
        struct avo_slice bytes;
        bool amd;
    } pieces[] = {{"TCB info (tcb.json)", collateral->tcb_info, false},
                  {"QE identity (qe.json)", collateral->qe_identity, false},
                  {"TCB signing chain (chain.pem)", collateral->tcb_chain, false},
                  {"root CRL (root_crl.der)", collateral->root_crl, false},
                  {"PCK CRL (pck_crl.der)", collateral->pck_crl, false},
                  {"VCEK or VLEK certificate (vek.der)", collateral->vek, true},
                  {"AMD certificate chain (chain.pem)", collateral->vek_chain, true}};
    for (size_t i = 0; i < AVO_COUNT(pieces); i++) {
        if (pieces[i].amd == amd && pieces[i].bytes.length == 0) {
            return pieces[i].name;
        }
    }
    return NULL;
}

/* The line of the policy that accepted, or whose key refused; 0 when a default or what is always asked did. */
static uint32_t deciding_line(const struct job *job) {
    const struct avo_attest_result *result = &job->result;
    if (result->accepted || result->policy_key == NULL) {
        return result->policy_line;
    }
    char key[64];
    struct avo_slice text = avo_buffer_slice(&job->policy_text);
    uint32_t line = 0;
    if (strncmp(result->policy_key, "snp.", 4) == 0) { /* what is set for the product goes before what is set for all */
        (void)snprintf(key, sizeof key, "snp.%s.%s", avo_snp_product_name(result->claims.snp_product), result->policy_key + 4);
        line = avo_json_line_of(text, key);
    }
    return line != 0 ? line : avo_json_line_of(text, result->policy_key);
}

static void print_deciding_line(const struct job *job) {
    uint32_t line = deciding_line(job);
    const char *file = job->options->policy == NULL ? "production defaults" : job->options->policy;
    const char *key = job->result.policy_key;
    if (line > 0) {
        printf("  %-22s %s:%u%s%s\n", "decided by", file, line, key == NULL ? "" : " ", key == NULL ? "" : key);
    } else if (key != NULL) {
        printf("  %-22s %s, %s as it is by default\n", "decided by", file, key);
    }
}

static void print_json(const struct job *job) {
    const struct avo_attest_result *result = &job->result;
    struct avo_json_sink json = avo_json_sink();
    json_t *advisories = json_array();
    for (uint32_t i = 0; i < result->advisory_count; i++) {
        (void)json_array_append_new(advisories, json_string(result->advisory[i]));
    }
    json.sink.flag(&json.sink, "ok", result->accepted);
    json.sink.text(&json.sink, "message", result->reason.text);
    json.sink.flag(&json.sink, "valid", result->valid);
    json.sink.text(&json.sink, "kind", avo_tee_name(result->claims.tee));
    json.sink.text(&json.sink, "status", avo_tcb_status_name(result->status));
    (void)json_object_set_new(json.root, "advisories", advisories);
    json.sink.flag(&json.sink, "debug", result->claims.debug);
    json.sink.flag(&json.sink, "accepted", result->accepted);
    json.sink.text(&json.sink, "reason", result->reason.text);
    if (result->policy_key != NULL) {
        json.sink.text(&json.sink, "policy_key", result->policy_key);
    }
    json.sink.number(&json.sink, "policy_line", deciding_line(job));
    json.sink.group(&json.sink, "claims");
    if (result->claims.measurement_bytes > 0) {
        avo_fields_of_claims(&result->claims, &json.sink);
    }
    (void)json_dumpf(json.root, stdout, JSON_INDENT(2));
    (void)putchar('\n');
    json_decref(json.root);
}

static void print_text(const struct job *job) {
    const struct avo_attest_result *result = &job->result;
    struct avo_text_sink text = avo_text_sink();
    char date[AVO_DATE_BYTES];
    avo_date_format(job->options->at_unix_s, date);
    printf("%s: %s\n", result->accepted ? "ACCEPTED" : "REFUSED", result->reason.text);
    print_deciding_line(job);
    printf("  %-22s %s\n  %-22s %s\n", "evidence", avo_tee_name(result->claims.tee), "verified at", date);
    printf("  %-22s %s\n", "cryptography",
           !result->valid                      ? "NOT valid: believe nothing below"
           : result->claims.revocation_checked ? "valid: signatures, certificates, revocation and dates hold"
                                               : "valid: signatures, certificates and dates hold; revocation was NOT checked");
    printf("  %-22s %s\n  %-22s", "TCB status", avo_tcb_status_name(result->status), "advisories");
    for (uint32_t i = 0; i < result->advisory_count; i++) {
        printf(" %s", result->advisory[i]);
    }
    printf("%s\n", result->advisory_count == 0 ? " none" : "");
    if (result->claims.simulated) {
        printf("  %-22s %s\n", "WARNING", "signed by a SIMULATED CPU: it proves nothing about hardware");
    }
    if (result->claims.measurement_bytes > 0) {
        avo_fields_of_claims(&result->claims, &text.sink);
    }
}

/* AVO_EIO when the collateral is not whole; else the result says how it went. */
static enum avo_error verify(struct job *job) {
    struct avo_evidence evidence;
    struct avo_attest_result *result = &job->result;
    result->error = avo_evidence_parse(avo_buffer_slice(&job->bytes), &evidence, &result->reason);
    if (result->error != AVO_OK) {
        result->claims.tee = evidence.tee;
        return AVO_OK; /* altered or cut evidence is refused, not unevaluated */
    }
    job->collateral = avo_pool_choose(&job->pool, &evidence);
    const char *missing = missing_piece(&job->collateral, evidence.tee);
    if (missing != NULL) {
        return avo_reason_set(&job->reason, AVO_EIO, "%s: the collateral %s has no %s; fetch it", job->options->file,
                              job->options->collateral, missing);
    }
    struct avo_attest_input input = {.evidence = &evidence,
                                     .collateral = &job->collateral,
                                     .now_unix_s = job->options->at_unix_s,
                                     .roots = &job->roots,
                                     .policy = job->policy,
                                     .role = job->options->role,
                                     .report_data = job->options->has_report_data ? job->options->report_data : NULL};
    avo_attest_verify(&input, result);
    return AVO_OK;
}

int avo_cli_attest_verify(const struct avo_attest_options *options) {
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return AVO_CLI_UNEVALUATED;
    }
    job->options = options;
    int status = AVO_CLI_UNEVALUATED;
    enum avo_error error = load(job);
    if (error == AVO_OK) {
        error = verify(job);
    } else if (error == AVO_EFORMAT && job->bytes.data != NULL) {
        job->result.error = error; /* hex that is cut: refused like any cut evidence */
        job->result.reason = job->reason;
        error = AVO_OK;
    }
    if (error != AVO_OK) {
        job->result.reason = job->reason;
        (void)avo_cli_attest_fail("verify", &job->reason);
        if (options->json) {
            print_json(job);
        }
    } else {
        options->json ? print_json(job) : print_text(job);
        status = job->result.accepted ? AVO_CLI_ACCEPTED : AVO_CLI_REFUSED;
    }
    avo_pool_free(&job->pool);
    free(job->bytes.data);
    free(job->policy);
    free(job->policy_text.data);
    free(job);
    return status;
}
