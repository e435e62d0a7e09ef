/* What a verifier needs beside the evidence, all of it signed by the vendor and none of it secret or trusted by itself. */
#ifndef AVO_ATTEST_VERIFY_COLLATERAL_H
#define AVO_ATTEST_VERIFY_COLLATERAL_H

#include "attest/verify/reason.h"
#include "base/bytes.h"

/* Borrowed bytes; an empty slice is an absent piece. */
struct avo_collateral {
    /* Intel. Signed JSON comes as the vendor's response, {"tcbInfo":{...},"signature":"hex"}, with an empty signature slice;
     * or as the inner object alone with its hex signature beside it. */
    struct avo_slice tcb_info;
    struct avo_slice tcb_info_signature;
    struct avo_slice qe_identity;
    struct avo_slice qe_identity_signature;
    struct avo_slice tcb_chain; /* PEM: TCB signing certificate and root */
    struct avo_slice qe_chain;  /* PEM; empty: as tcb_chain */
    struct avo_slice root_crl;  /* DER */
    struct avo_slice pck_crl;   /* DER */
    struct avo_slice pck_chain; /* PEM: PCK, CA, root; only for quotes that carry a PPID instead of a chain (type 1) */
    /* AMD */
    struct avo_slice vek;       /* VCEK or VLEK, DER or PEM */
    struct avo_slice vek_chain; /* PEM: ASK or ASVK, and ARK, in any order */
    struct avo_slice amd_crl;   /* DER, signed by the ARK; revocation is not checked without it */
};

/* One signed JSON document, taken apart: `object` is the very bytes that were signed. */
struct avo_signed_json {
    struct avo_slice object;
    uint8_t signature[64];
};

/* Splits a vendor response by the name of its signed member ("tcbInfo", "enclaveIdentity"), or takes the two pieces as they are. */
AVO_MUST_USE enum avo_error avo_collateral_split(struct avo_slice text, struct avo_slice signature, const char *member,
                                                 const char *what, struct avo_signed_json *out, struct avo_reason *reason);

#endif
