/* What Intel writes about a platform into its PCK certificate (extension 1.2.840.113741.1.13.1); internal to attest/. */
#ifndef AVO_ATTEST_DCAP_PCK_H
#define AVO_ATTEST_DCAP_PCK_H

#include "attest/x509/cert.h"

struct avo_pck {
    uint8_t ppid[16];
    uint8_t component_svn[16];
    uint16_t pce_svn;
    uint8_t cpu_svn[16];
    uint8_t pce_id[2];
    uint8_t fmspc[6];
    uint32_t sgx_type; /* 0 standard, 1 scalable, 2 scalable with integrity */
    bool has_platform; /* the fields below are there: issued by the platform CA */
    uint8_t platform_instance_id[16];
    bool dynamic_platform, cached_keys, smt_enabled;
};

/* Every field exactly once, nothing unknown left over but fields of a later revision (.8 and up), which are skipped. */
AVO_MUST_USE enum avo_error avo_pck_parse(struct avo_slice extension, struct avo_pck *pck);
/* The extension of `cert`, with a reason on failure. */
AVO_MUST_USE enum avo_error avo_pck_from_cert(X509 *cert, struct avo_pck *pck, struct avo_reason *reason);

#endif
