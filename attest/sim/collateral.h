/* Collateral of a simulated platform, signed as Intel's service signs it, and its two forms on disk and wire. */
#ifndef AVO_ATTEST_SIM_COLLATERAL_H
#define AVO_ATTEST_SIM_COLLATERAL_H

#include "attest/sim/platform.h"
#include "attest/verify/collateral.h"
#include "attest/verify/tcb_status.h"

/* What the collateral says. avo_sim_statement_default(): the platform is UpToDate, nothing is revoked. */
struct avo_sim_statement {
    int64_t issue_unix_s; /* valid for AVO_SIM_COLLATERAL_DAYS from here */
    bool tdx;             /* id TDX and TD_QE with module identity TDX_01, else SGX and QE */
    uint32_t evaluation_number;
    enum avo_tcb_status status; /* of the level the platform reaches */
    const char *advisory;       /* of that level; NULL for none */
    uint16_t qe_svn_needed;     /* for the quoting enclave to be UpToDate; below it OutOfDate */
    uint8_t component_needed;   /* added to every component that the level asks for: 1 makes it unreachable */
    bool revoke_old_module;     /* a TDX module below module_svn_needed is Revoked instead of OutOfDate */
    uint8_t module_svn_needed;  /* for a TDX module 1.x to be UpToDate */
    bool wrong_fmspc;
    bool revoke_pck, revoke_ca, revoke_signing;
};

struct avo_sim_statement avo_sim_statement_default(int64_t issue_unix_s);

#define AVO_SIM_COLLATERAL_BYTES_MAX 32768

/* Owned bytes with slices into them. */
struct avo_sim_collateral {
    uint8_t *bytes;
    size_t length;
    struct avo_collateral view; /* tcb_info and qe_identity as the vendor's whole responses */
};

AVO_MUST_USE enum avo_error avo_sim_collateral_make(const struct avo_sim_platform *platform,
                                                    const struct avo_sim_statement *statement, struct avo_sim_collateral *out);
void avo_sim_collateral_free(struct avo_sim_collateral *collateral);

#endif
