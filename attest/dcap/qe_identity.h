/* Intel's identity of its quoting enclaves (QE, TD_QE). Internal to attest/. */
#ifndef AVO_ATTEST_DCAP_QE_IDENTITY_H
#define AVO_ATTEST_DCAP_QE_IDENTITY_H

#include "attest/dcap/tcb_info.h"
#include "attest/verify/evidence.h"

struct avo_qe_identity {
    bool tdx; /* id TD_QE, else QE */
    int64_t issue_date_s, next_update_s;
    uint32_t evaluation_number;
    uint32_t misc_select, misc_select_mask;
    uint8_t attributes[16], attributes_mask[16];
    uint8_t mr_signer[32];
    uint16_t isv_product_id;
    struct avo_svn_level level[AVO_MODULE_LEVELS_MAX];
    uint32_t level_count;
    json_t *document; /* owned */
};

/* Parses the signed object (version 2). To be freed in any case. */
AVO_MUST_USE enum avo_error avo_qe_identity_parse(struct avo_slice object, struct avo_qe_identity *identity,
                                                  struct avo_reason *reason);
void avo_qe_identity_free(struct avo_qe_identity *identity);

/* The quoting enclave that signed is the one Intel describes; `*level` is its level, whose status is to be converged.
 * AVO_EDENIED when it is another enclave, or older than every level. */
AVO_MUST_USE enum avo_error avo_qe_identity_match(const struct avo_qe_identity *identity, const struct avo_sgx_report *report,
                                                  const struct avo_svn_level **level, struct avo_reason *reason);

#endif
