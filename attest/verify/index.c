#include "attest/verify/index.h"
#include "attest/dcap/qe_identity.h"
#include "attest/dcap/tcb_info.h"
#include "attest/x509/chain.h"
#include <string.h>

const struct avo_slice *avo_collateral_crl(const struct avo_collateral *collateral, enum avo_crl_slot slot) {
    const struct avo_slice *const crls[AVO_CRL_SLOT_COUNT] = {&collateral->root_crl, &collateral->pck_crl, &collateral->amd_crl};
    return crls[slot];
}

static void index_tcb_info(const struct avo_collateral *collateral, struct avo_collateral_index *index) {
    struct avo_signed_json json;
    struct avo_tcb_info info = {0};
    struct avo_reason ignored;
    if (avo_collateral_split(collateral->tcb_info, collateral->tcb_info_signature, "tcbInfo", "", &json, &ignored) == AVO_OK &&
        avo_tcb_info_parse(json.object, &info, &ignored) == AVO_OK) {
        index->tcb_info = (struct avo_document_index){true, info.tdx, info.evaluation_number, info.issue_date_s};
        memcpy(index->fmspc, info.fmspc, sizeof index->fmspc);
        memcpy(index->pce_id, info.pce_id, sizeof index->pce_id);
    }
    avo_tcb_info_free(&info);
}

static void index_qe_identity(const struct avo_collateral *collateral, struct avo_collateral_index *index) {
    struct avo_signed_json json;
    struct avo_qe_identity identity = {0};
    struct avo_reason ignored;
    if (avo_collateral_split(collateral->qe_identity, collateral->qe_identity_signature, "enclaveIdentity", "", &json, &ignored) ==
            AVO_OK &&
        avo_qe_identity_parse(json.object, &identity, &ignored) == AVO_OK) {
        index->qe_identity = (struct avo_document_index){true, identity.tdx, identity.evaluation_number, identity.issue_date_s};
    }
    avo_qe_identity_free(&identity);
}

static void read_chain(struct avo_slice pem, struct avo_certs *certs) {
    struct avo_reason ignored;
    if (avo_certs_from_pem(pem, "", certs, &ignored) != AVO_OK) {
        certs->count = 0;
    }
}

static X509 *find_named(const struct avo_certs *certs, const char *phrase) {
    for (uint32_t i = 0; i < certs->count; i++) {
        char name[AVO_COMMON_NAME_BYTES];
        avo_cert_common_name(certs->cert[i], name, sizeof name);
        if (strstr(name, phrase) != NULL) {
            return certs->cert[i];
        }
    }
    return NULL;
}

static void index_chains(const struct avo_collateral *collateral, struct avo_collateral_index *index) {
    struct avo_certs signers;
    struct avo_reason ignored;
    read_chain(collateral->tcb_chain, &signers);
    index->signs_documents = find_named(&signers, "SGX TCB Signing") != NULL;
    avo_certs_free(&signers);
    read_chain(collateral->pck_chain, &index->pck_chain);
    X509 *leaf = find_named(&index->pck_chain, "SGX PCK Certificate");
    index->pck = leaf != NULL && avo_pck_from_cert(leaf, &index->pck_claims, &ignored) == AVO_OK ? leaf : NULL;
    read_chain(collateral->vek_chain, &index->vek_chain);
}

static void index_vek(const struct avo_collateral *collateral, struct avo_collateral_index *index) {
    struct avo_reason ignored;
    index->vek = collateral->vek.length > 0 ? avo_cert_from_any(collateral->vek) : NULL;
    if (index->vek != NULL && avo_vek_from_cert(index->vek, &index->vek_claims, &ignored) != AVO_OK) {
        X509_free(index->vek);
        index->vek = NULL;
    }
}

void avo_collateral_index_make(const struct avo_collateral *collateral, struct avo_collateral_index *index) {
    struct avo_reason ignored;
    memset(index, 0, sizeof *index);
    index_tcb_info(collateral, index);
    index_qe_identity(collateral, index);
    index_chains(collateral, index);
    index_vek(collateral, index);
    for (unsigned slot = 0; slot < AVO_CRL_SLOT_COUNT; slot++) {
        const struct avo_slice *der = avo_collateral_crl(collateral, (enum avo_crl_slot)slot);
        if (der->length > 0 && avo_crl_load(*der, "", &index->crl[slot], &ignored) != AVO_OK) {
            index->crl[slot] = NULL;
        }
    }
}

void avo_collateral_index_free(struct avo_collateral_index *index) {
    avo_certs_free(&index->pck_chain);
    avo_certs_free(&index->vek_chain);
    X509_free(index->vek);
    for (unsigned slot = 0; slot < AVO_CRL_SLOT_COUNT; slot++) {
        X509_CRL_free(index->crl[slot]);
    }
    memset(index, 0, sizeof *index);
}
