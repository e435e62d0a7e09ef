#include "attest/plug/plug.h"
#include "attest/policy/policy.h"
#include "attest/verify/ends.h"
#include "attest/verify/load.h"
#include "attest/verify/parse.h"
#include "attest/verify/verify.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(AVO_BINDING_BYTES == AVO_REPORT_DATA_BYTES, "the binding fills the report data");
_Static_assert(AVO_MEASUREMENT_BYTES >= AVO_MEASUREMENT_BYTES_MAX, "every measurement fits a member");

/* What one verification needs; large. */
struct judgement {
    struct avo_policy policy;
    struct avo_roots roots;
    struct avo_evidence evidence;
    struct avo_attest_result result;
    struct avo_reason reason;
};

/* What must be readable before anything can be judged. */
static enum avo_error prepare(struct judgement *judgement, struct avo_slice policy, struct avo_slice evidence) {
    enum avo_error error = avo_policy_parse(policy, "policy.json", &judgement->policy, &judgement->reason);
    if (error == AVO_OK) {
        error = avo_policy_roots(&judgement->policy, &judgement->roots, &judgement->reason);
    }
    return error == AVO_OK ? avo_evidence_parse(evidence, &judgement->evidence, &judgement->reason) : error;
}

static enum avo_error verdict(struct judgement *judgement) {
    judgement->reason = judgement->result.reason;
    if (judgement->result.accepted) {
        return AVO_OK;
    }
    return judgement->result.error != AVO_OK ? judgement->result.error : AVO_EDENIED;
}

static enum avo_error judge(struct judgement *judgement, const struct avo_attest_plug *plug, enum avo_attested_role role,
                            const uint8_t *report_data, uint64_t now_s) {
    struct avo_pool pool;
    enum avo_error error = avo_pool_load(plug->collateral_path, &pool, &judgement->reason);
    if (error != AVO_OK) {
        return error;
    }
    const struct avo_collateral collateral = avo_pool_choose(&pool, &judgement->evidence);
    const struct avo_attest_input input = {.evidence = &judgement->evidence,
                                           .collateral = &collateral,
                                           .now_unix_s = (int64_t)now_s,
                                           .roots = &judgement->roots,
                                           .policy = &judgement->policy,
                                           .role = role,
                                           .report_data = report_data};
    avo_attest_verify(&input, &judgement->result);
    avo_pool_free(&pool);
    return verdict(judgement);
}

static void take_chip(struct avo_chip *chip, const uint8_t *bytes, size_t length) {
    avo_copy(chip->bytes, sizeof chip->bytes, avo_slice(bytes, length));
    chip->length = (uint8_t)length;
}

static void take_claims(struct avo_attested *attested, const struct avo_claims *claims, const struct avo_evidence *evidence) {
    *attested = (struct avo_attested){.tee = (uint8_t)claims->tee, .simulated = claims->simulated};
    attested->ends_s = (uint64_t)avo_evidence_ends(evidence);
    avo_copy(attested->measurement, sizeof attested->measurement, avo_slice(claims->measurement, claims->measurement_bytes));
    take_chip(&attested->chip, claims->chip_id, claims->chip_id_bytes);
    if (claims->has_platform) {
        take_chip(&attested->platform_instance, claims->platform_instance_id, sizeof claims->platform_instance_id);
    }
}

/* Refused by name: authentic evidence of a program that no rule accepts is distinguished by its measurement. */
static void explain(const struct judgement *judgement, enum avo_attested_role role, struct avo_text *reason) {
    static const char check[] = "measurement:";
    const struct avo_claims *claims = &judgement->result.claims;
    if (!judgement->result.valid || strncmp(judgement->reason.text, check, sizeof check - 1) != 0) {
        avo_text_add_string(reason, judgement->reason.text);
        return;
    }
    avo_text_add_string(reason, "measurement ");
    avo_text_add_hex(reason, avo_slice(claims->measurement, claims->measurement_bytes));
    avo_text_add_string(reason, " is not in the policy: add it to roles.");
    avo_text_add_string(reason, avo_attested_role_name(role));
    avo_text_add_string(reason, ".accept or start the accepted binary");
}

static struct judgement *begin(struct avo_text *reason) {
    struct judgement *judgement = calloc(1, sizeof *judgement);
    if (judgement == NULL) {
        avo_text_add_string(reason, "evidence: no memory to judge it: give the program more");
    }
    return judgement;
}

/* Hands out the claims or the reason. */
static enum avo_error end(struct judgement *judgement, enum avo_attested_role role, enum avo_error error,
                          struct avo_attested *attested, struct avo_text *reason) {
    if (error == AVO_OK) {
        take_claims(attested, &judgement->result.claims, &judgement->evidence);
    } else {
        explain(judgement, role, reason);
    }
    free(judgement);
    return error;
}

static enum avo_error verify(void *context, struct avo_slice policy, enum avo_attested_role role, struct avo_slice evidence,
                             const uint8_t report_data[AVO_BINDING_BYTES], uint64_t now_s, struct avo_attested *attested,
                             struct avo_text *reason) {
    struct judgement *judgement = begin(reason);
    if (judgement == NULL) {
        return AVO_EFULL;
    }
    enum avo_error error = prepare(judgement, policy, evidence);
    if (error == AVO_OK) {
        error = judge(judgement, context, role, report_data, now_s);
    }
    return end(judgement, role, error, attested, reason);
}

static enum avo_error verify_vouched(void *context, struct avo_slice policy, enum avo_attested_role role,
                                     struct avo_slice report_body, const uint8_t report_data[AVO_BINDING_BYTES],
                                     struct avo_attested *attested, struct avo_text *reason) {
    (void)context;
    struct judgement *judgement = begin(reason);
    if (judgement == NULL) {
        return AVO_EFULL;
    }
    enum avo_error error = avo_policy_parse(policy, "policy.json", &judgement->policy, &judgement->reason);
    if (error == AVO_OK) {
        error = avo_evidence_of_report(report_body, &judgement->evidence, &judgement->reason);
    }
    if (error == AVO_OK) {
        const struct avo_attest_input input = {
            .evidence = &judgement->evidence, .policy = &judgement->policy, .role = role, .report_data = report_data};
        avo_attest_verify_vouched(&input, &judgement->result);
        error = verdict(judgement);
    }
    return end(judgement, role, error, attested, reason);
}

static uint64_t collateral_ends(void *context) {
    const struct avo_attest_plug *plug = context;
    struct avo_pool pool;
    struct avo_reason reason;
    int64_t ends_s = avo_pool_load(plug->collateral_path, &pool, &reason) == AVO_OK ? avo_pool_ends(&pool) : 0;
    avo_pool_free(&pool);
    return (uint64_t)ends_s;
}

static uint64_t collateral_stamp(void *context) {
    const struct avo_attest_plug *plug = context;
    return avo_pool_stamp(plug->collateral_path);
}

uint64_t avo_attest_evidence_ends(struct avo_slice evidence) {
    struct avo_evidence parsed;
    struct avo_reason reason;
    return avo_evidence_parse(evidence, &parsed, &reason) == AVO_OK ? (uint64_t)avo_evidence_ends(&parsed) : 0;
}

void avo_attest_openssl_init(void) {
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

void avo_attest_plug_init(struct avo_attest_plug *plug, const char *collateral_path) {
    avo_attest_openssl_init();
    plug->verifier = (struct avo_verifier){plug, verify, verify_vouched, collateral_ends, collateral_stamp};
    plug->collateral_path = collateral_path;
}

bool avo_attest_plug_look(const struct avo_attest_plug *plug, struct avo_text *reason) {
    struct avo_pool pool;
    struct avo_reason why = {0};
    enum avo_error error = avo_pool_load(plug->collateral_path, &pool, &why);
    avo_pool_free(&pool);
    if (error != AVO_OK) {
        avo_text_add_string(reason, why.text);
    }
    return error == AVO_OK;
}
