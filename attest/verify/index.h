/* What the pieces of one set of collateral say they are about; nothing of it is verified. Internal to attest/verify. */
#ifndef AVO_ATTEST_INDEX_H
#define AVO_ATTEST_INDEX_H

#include "attest/dcap/pck.h"
#include "attest/snp/vek.h"
#include "attest/verify/collateral.h"
#include "attest/x509/cert.h"

enum avo_crl_slot { AVO_CRL_ROOT, AVO_CRL_PCK, AVO_CRL_AMD, AVO_CRL_SLOT_COUNT };

/* A signed document: about which kind of TEE, and how new it is. */
struct avo_document_index {
    bool read;
    bool tdx;
    uint32_t evaluation_number;
    int64_t issued_s;
};

struct avo_collateral_index {
    struct avo_document_index tcb_info, qe_identity;
    uint8_t fmspc[6], pce_id[2];       /* of the TCB info */
    bool signs_documents;              /* tcb_chain holds a TCB Signing certificate */
    struct avo_certs pck_chain;        /* owned */
    X509 *pck;                         /* the PCK certificate in it, with its extension; NULL: none */
    struct avo_pck pck_claims;         /* when pck is not NULL */
    X509_CRL *crl[AVO_CRL_SLOT_COUNT]; /* owned; NULL where there is none, or none that can be read */
    X509 *vek;                         /* owned */
    struct avo_vek vek_claims;         /* when vek is not NULL */
    struct avo_certs vek_chain;        /* owned */
};

void avo_collateral_index_make(const struct avo_collateral *collateral, struct avo_collateral_index *index);
void avo_collateral_index_free(struct avo_collateral_index *index);

/* The bytes of the CRL of a slot. */
const struct avo_slice *avo_collateral_crl(const struct avo_collateral *collateral, enum avo_crl_slot slot);

#endif
