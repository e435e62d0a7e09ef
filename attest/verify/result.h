/* One verification: what goes in, what comes out, and how verifiers write into it. */
#ifndef AVO_ATTEST_RESULT_H
#define AVO_ATTEST_RESULT_H

#include "attest/policy/policy.h"
#include "attest/verify/collateral.h"
#include "attest/verify/evidence.h"
#include "attest/verify/roots.h"
#include "attest/verify/tcb_status.h"
#include <jansson.h>

#define AVO_ADVISORIES_MAX 96

/* What the evidence says. Only to be believed when `valid` of the result is true; only to be relied on when `accepted` is. */
struct avo_claims {
    enum avo_tee tee;
    uint32_t format_version; /* of the quote or report */
    bool debug;
    bool simulated;              /* signed under a simulated root */
    enum avo_root_origin origin; /* 0 until a root was found */
    char root[40];               /* its name */
    uint8_t measurement[AVO_MEASUREMENT_BYTES_MAX];
    size_t measurement_bytes; /* 32 SGX, 48 TDX and SNP */
    uint8_t signer[48];       /* MRSIGNER; MRSIGNERSEAM for TDX; ID key digest for SNP */
    size_t signer_bytes;
    uint32_t product; /* SGX ISVPRODID */
    uint32_t svn;     /* SGX ISVSVN, SNP guest SVN */
    uint8_t report_data[AVO_REPORT_DATA_BYTES];
    uint8_t chip_id[64]; /* PPID (16) or SNP chip id (64) */
    size_t chip_id_bytes;
    /* Intel */
    uint8_t platform_instance_id[16];
    bool has_platform;
    bool smt_enabled, dynamic_platform;
    uint8_t fmspc[6];
    uint8_t pce_id[2];
    uint16_t pce_svn;
    uint8_t component_svn[16];
    uint32_t tcb_evaluation_number, qe_evaluation_number; /* the lower one counts */
    enum avo_tcb_status level_status, module_status, qe_status;
    bool has_module;
    bool has_current;                   /* TD 1.5: the quote names the TDX module that runs now beside the one at its start */
    enum avo_tcb_status current_status; /* of the platform under the module that runs now */
    int64_t collateral_issued_s, collateral_expires_s;
    /* AMD */
    enum avo_snp_product snp_product;
    bool vlek;
    bool revocation_checked;
};

struct avo_attest_result {
    bool valid;    /* cryptography, chains and validity windows hold; revocation where claims.revocation_checked says so */
    bool accepted; /* and the policy accepts it */
    enum avo_tcb_status status;
    char advisory[AVO_ADVISORIES_MAX][AVO_ADVISORY_BYTES];
    uint32_t advisory_count;
    struct avo_claims claims;
    const char *policy_key;   /* the key of the policy that refused, e.g. "snp.vmpl"; NULL when none did. Static storage */
    uint32_t policy_line;     /* of the rule that accepted; 0 for none and for the built-in policy */
    enum avo_error error;     /* AVO_OK when accepted */
    struct avo_reason reason; /* why refused, or which policy line accepted */
};

struct avo_attest_input {
    const struct avo_evidence *evidence;
    const struct avo_collateral *collateral;
    int64_t now_unix_s;
    const struct avo_roots *roots;
    const struct avo_policy *policy;
    enum avo_attested_role role; /* whose rules apply; AVO_ATTESTED_ROLE_ANY: those of any role */
    const uint8_t *report_data;  /* the 64 bytes it must be bound to; NULL leaves that to the caller */
};

/* Adds each string of `advisories` (NULL: none) once. AVO_EFULL when they are more, or longer, than the result holds. */
AVO_MUST_USE enum avo_error avo_result_add_advisories(struct avo_attest_result *result, const json_t *advisories);
/* What the evidence says of itself. */
void avo_result_claim(const struct avo_evidence *evidence, struct avo_claims *claims);
/* Notes which root the evidence ended in. */
void avo_result_set_root(struct avo_attest_result *result, const struct avo_root *root);

#endif
