/* Which pieces of a pool are about a piece of evidence. */
#include "attest/dcap/pck.h"
#include "attest/verify/pool.h"
#include <string.h>

#define AT(member) offsetof(struct avo_collateral, member)

/* What the evidence says it is. */
struct wanted {
    const struct avo_evidence *evidence;
    bool has_pck;
    struct avo_pck pck;
    const X509_NAME *pck_issuer, *root; /* NULL: not known */
    const X509_NAME *vek_issuer;
};

struct pick {
    const struct avo_pool *pool;
    const struct wanted *wanted;
    const struct avo_pool_set *near; /* what was chosen before and belongs with it; NULL: nothing */
};

static struct avo_slice slice_at(const struct avo_pool_set *set, size_t slot) {
    return set == NULL ? AVO_SLICE_EMPTY : *(const struct avo_slice *)(const void *)((const uint8_t *)&set->owned.view + slot);
}

static uint32_t closeness(const struct pick *pick, const struct avo_pool_set *set) {
    return pick->near == NULL ? 0 : pick->near == set ? 2 : pick->near->group == set->group ? 1 : 0;
}

/* The set whose piece in `slot` fits best; among equals the closest, then the first. NULL: no set has one. */
static const struct avo_pool_set *pick_set(const struct pick *pick, size_t slot,
                                           uint32_t (*fits)(const struct avo_pool_set *, const struct wanted *)) {
    const struct avo_pool_set *best = NULL;
    uint32_t best_rank = 0;
    for (uint32_t i = 0; i < pick->pool->count; i++) {
        const struct avo_pool_set *set = &pick->pool->set[i];
        uint32_t rank = 1 + 3 * fits(set, pick->wanted) + closeness(pick, set);
        if (slice_at(set, slot).length > 0 && rank > best_rank) {
            best = set;
            best_rank = rank;
        }
    }
    return best;
}

static uint32_t tcb_info_fits(const struct avo_pool_set *set, const struct wanted *wanted) {
    const struct avo_collateral_index *index = &set->index;
    bool tdx = wanted->evidence->tee == AVO_TEE_TDX;
    bool family =
        wanted->has_pck && memcmp(index->fmspc, wanted->pck.fmspc, 6) == 0 && memcmp(index->pce_id, wanted->pck.pce_id, 2) == 0;
    return !index->tcb_info.read ? 0 : 2u * family + (index->tcb_info.tdx == tdx);
}

static uint32_t qe_identity_fits(const struct avo_pool_set *set, const struct wanted *wanted) {
    return set->index.qe_identity.read && set->index.qe_identity.tdx == (wanted->evidence->tee == AVO_TEE_TDX);
}

static uint32_t signer_fits(const struct avo_pool_set *set, const struct wanted *wanted) {
    (void)wanted;
    return set->index.signs_documents;
}

static uint32_t pck_chain_fits(const struct avo_pool_set *set, const struct wanted *wanted) {
    struct avo_slice ppid = wanted->evidence->quote.certification_data;
    return set->index.pck != NULL && ppid.length >= 16 && memcmp(set->index.pck_claims.ppid, ppid.data, 16) == 0;
}

/* Chip before firmware before kind: what the verifier then says of the nearest one helps most. */
static uint32_t vek_fits(const struct avo_pool_set *set, const struct wanted *wanted) {
    const struct avo_snp_report *report = &wanted->evidence->snp;
    const struct avo_vek *vek = &set->index.vek_claims;
    uint8_t chip[64] = {0};
    if (set->index.vek == NULL) {
        return 0;
    }
    memcpy(chip, vek->chip_id, vek->chip_id_bytes);
    bool kind = vek->vlek == ((report->key_info >> 2 & 7) == 1);
    bool same_chip = !vek->vlek && memcmp(chip, report->chip_id, sizeof chip) == 0;
    bool same_tcb = memcmp(vek->tcb, report->reported_tcb, sizeof vek->tcb) == 0;
    bool product = report->version < 3 || vek->product == avo_snp_product_of_cpu(report->cpuid_family, report->cpuid_model);
    return 8u * kind + 4u * same_chip + 2u * product + same_tcb;
}

static X509 *find_issuer(const struct avo_certs *certs, const X509_NAME *name) {
    for (uint32_t i = 0; name != NULL && i < certs->count; i++) {
        if (avo_name_equal(X509_get_subject_name(certs->cert[i]), name)) {
            return certs->cert[i];
        }
    }
    return NULL;
}

static uint32_t vek_chain_fits(const struct avo_pool_set *set, const struct wanted *wanted) {
    const X509 *issuer = find_issuer(&set->index.vek_chain, wanted->vek_issuer);
    return issuer == NULL ? 0 : 1u + (find_issuer(&set->index.vek_chain, X509_get_issuer_name(issuer)) != NULL);
}

/* A CRL by `issuer`, wherever it stands; else the one that stands in the slot. */
static struct avo_slice pick_crl(const struct pick *pick, const X509_NAME *issuer, enum avo_crl_slot named) {
    struct avo_slice best = AVO_SLICE_EMPTY;
    uint32_t best_rank = 0;
    for (uint32_t i = 0; i < pick->pool->count; i++) {
        const struct avo_pool_set *set = &pick->pool->set[i];
        for (unsigned slot = 0; slot < AVO_CRL_SLOT_COUNT; slot++) {
            const struct avo_slice *der = avo_collateral_crl(&set->owned.view, (enum avo_crl_slot)slot);
            X509_CRL *crl = set->index.crl[slot];
            bool fits = crl != NULL && issuer != NULL && avo_name_equal(X509_CRL_get_issuer(crl), issuer);
            uint32_t rank = fits || slot == named ? 1 + 3u * fits + closeness(pick, set) : 0;
            if (der->length > 0 && rank > best_rank) {
                best = *der;
                best_rank = rank;
            }
        }
    }
    return best;
}

/* Intel: the platform's family is in its PCK certificate, and who signs CRLs about it in the chain above. */
static void read_pck(X509 *leaf, const struct avo_certs *certs, struct wanted *wanted) {
    struct avo_reason ignored;
    if (avo_pck_from_cert(leaf, &wanted->pck, &ignored) != AVO_OK) {
        return;
    }
    wanted->has_pck = true;
    wanted->pck_issuer = X509_get_issuer_name(leaf);
    const X509 *ca = find_issuer(certs, wanted->pck_issuer);
    wanted->root = ca == NULL ? NULL : X509_get_issuer_name(ca);
}

static void choose_signed(struct pick *pick, const struct wanted *wanted, struct avo_collateral *out) {
    const struct avo_pool_set *tcb = pick_set(pick, AT(tcb_info), tcb_info_fits);
    const struct avo_pool_set *qe = pick_set(pick, AT(qe_identity), qe_identity_fits);
    out->tcb_info = slice_at(tcb, AT(tcb_info));
    out->tcb_info_signature = slice_at(tcb, AT(tcb_info_signature));
    out->qe_identity = slice_at(qe, AT(qe_identity));
    out->qe_identity_signature = slice_at(qe, AT(qe_identity_signature));
    pick->near = tcb;
    out->tcb_chain = slice_at(pick_set(pick, AT(tcb_chain), signer_fits), AT(tcb_chain));
    out->root_crl = pick_crl(pick, wanted->root, AVO_CRL_ROOT);
    out->pck_crl = pick_crl(pick, wanted->pck_issuer, AVO_CRL_PCK);
    pick->near = qe;
    out->qe_chain = slice_at(qe, AT(qe_chain));
    out->qe_chain = out->qe_chain.length > 0 ? out->qe_chain : slice_at(pick_set(pick, AT(tcb_chain), signer_fits), AT(tcb_chain));
}

/* The quote carries its PCK chain, leaf first, or says by a PPID which one it is. */
static void choose_intel(struct pick *pick, struct wanted *wanted, struct avo_collateral *out) {
    const struct avo_quote *quote = &wanted->evidence->quote;
    struct avo_certs carried = {.count = 0};
    struct avo_reason ignored;
    const struct avo_pool_set *chain = pick_set(pick, AT(pck_chain), pck_chain_fits);
    out->pck_chain = slice_at(chain, AT(pck_chain));
    if (quote->certification_type != 1 && avo_certs_from_pem(quote->certification_data, "", &carried, &ignored) == AVO_OK) {
        read_pck(carried.cert[0], &carried, wanted);
    } else if (quote->certification_type == 1 && chain != NULL && chain->index.pck != NULL) {
        read_pck(chain->index.pck, &chain->index.pck_chain, wanted);
    }
    choose_signed(pick, wanted, out);
    avo_certs_free(&carried);
}

static void choose_amd(struct pick *pick, struct wanted *wanted, struct avo_collateral *out) {
    const struct avo_pool_set *vek = pick_set(pick, AT(vek), vek_fits);
    bool read = vek != NULL && vek->index.vek != NULL;
    wanted->vek_issuer = read ? X509_get_issuer_name(vek->index.vek) : NULL;
    pick->near = vek;
    const struct avo_pool_set *chain = pick_set(pick, AT(vek_chain), vek_chain_fits);
    const X509 *issuer = chain == NULL ? NULL : find_issuer(&chain->index.vek_chain, wanted->vek_issuer);
    out->vek = slice_at(vek, AT(vek));
    out->vek_chain = slice_at(chain, AT(vek_chain));
    out->amd_crl = pick_crl(pick, issuer == NULL ? NULL : X509_get_issuer_name(issuer), AVO_CRL_AMD);
}

struct avo_collateral avo_pool_choose(const struct avo_pool *pool, const struct avo_evidence *evidence) {
    struct avo_collateral chosen = {.tcb_info = AVO_SLICE_EMPTY};
    struct wanted wanted = {.evidence = evidence};
    struct pick pick = {.pool = pool, .wanted = &wanted};
    if (evidence->tee == AVO_TEE_SNP) {
        choose_amd(&pick, &wanted, &chosen);
    } else {
        choose_intel(&pick, &wanted, &chosen);
    }
    return chosen;
}
