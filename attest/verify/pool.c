#include "attest/verify/pool.h"
#include "attest/verify/ends.h"
#include "attest/verify/json.h"
#include <stdlib.h>
#include <string.h>

static bool grow(struct avo_pool *pool) {
    uint32_t capacity = pool->capacity == 0 ? 4 : 2 * pool->capacity;
    struct avo_pool_set *sets = pool->count < AVO_POOL_SETS_MAX ? realloc(pool->set, capacity * sizeof *sets) : NULL;
    if (sets == NULL) {
        return false;
    }
    pool->set = sets;
    pool->capacity = capacity;
    return true;
}

enum avo_error avo_pool_add(struct avo_pool *pool, struct avo_collateral_owned *owned, uint32_t group, struct avo_reason *reason) {
    if (pool->count == pool->capacity && !grow(pool)) {
        avo_collateral_free(owned);
        return avo_reason_set(reason, AVO_EFULL, "collateral: no memory for it, or more than %d files and bundles",
                              AVO_POOL_SETS_MAX);
    }
    struct avo_pool_set *set = &pool->set[pool->count++];
    set->owned = *owned;
    set->group = group;
    avo_collateral_index_make(&set->owned.view, &set->index);
    memset(owned, 0, sizeof *owned);
    return AVO_OK;
}

static enum avo_error add_bundle(struct avo_pool *pool, const json_t *object, uint32_t group, bool lenient,
                                 struct avo_reason *reason) {
    struct avo_collateral_owned owned;
    if (lenient && !avo_bundle_is(object)) {
        return AVO_OK;
    }
    enum avo_error error = avo_collateral_from_object(object, &owned, reason);
    if (error != AVO_OK) {
        avo_collateral_free(&owned);
        return error;
    }
    return avo_pool_add(pool, &owned, group, reason);
}

enum avo_error avo_pool_add_bundles(struct avo_pool *pool, struct avo_slice text, uint32_t group, bool lenient,
                                    struct avo_reason *reason) {
    struct avo_json json = {"collateral bundle", reason, AVO_OK};
    json_t *root = avo_json_load(&json, text);
    enum avo_error error = lenient && root == NULL ? AVO_OK : json.error;
    if (root == NULL) {
        return error;
    }
    if (json_is_array(root)) {
        for (size_t i = 0; i < json_array_size(root) && error == AVO_OK; i++) {
            error = add_bundle(pool, json_array_get(root, i), group, lenient, reason);
        }
    } else {
        error = add_bundle(pool, root, group, lenient, reason);
    }
    json_decref(root);
    return error;
}

void avo_pool_free(struct avo_pool *pool) {
    for (uint32_t i = 0; i < pool->count; i++) {
        avo_collateral_index_free(&pool->set[i].index);
        avo_collateral_free(&pool->set[i].owned);
    }
    free(pool->set);
    *pool = (struct avo_pool){.count = 0};
}

/* By evaluation number first: Intel issues an early and a standard one side by side. Of equal ones the first stays. */
static bool is_newer(const struct avo_document_index *a, const struct avo_document_index *b) {
    return a->evaluation_number != b->evaluation_number ? a->evaluation_number > b->evaluation_number : a->issued_s > b->issued_s;
}

static void drop_document(struct avo_document_index *index, struct avo_slice *document, struct avo_slice *signature) {
    index->read = false;
    *document = *signature = AVO_SLICE_EMPTY;
}

static void drop_older_tcb_info(struct avo_pool_set *a, struct avo_pool_set *b) {
    const struct avo_document_index *first = &a->index.tcb_info;
    const struct avo_document_index *second = &b->index.tcb_info;
    bool same = first->read && second->read && first->tdx == second->tdx && memcmp(a->index.fmspc, b->index.fmspc, 6) == 0 &&
                memcmp(a->index.pce_id, b->index.pce_id, 2) == 0;
    if (same) {
        struct avo_pool_set *older = is_newer(second, first) ? a : b;
        drop_document(&older->index.tcb_info, &older->owned.view.tcb_info, &older->owned.view.tcb_info_signature);
    }
}

static void drop_older_qe_identity(struct avo_pool_set *a, struct avo_pool_set *b) {
    const struct avo_document_index *first = &a->index.qe_identity;
    const struct avo_document_index *second = &b->index.qe_identity;
    if (first->read && second->read && first->tdx == second->tdx) {
        struct avo_pool_set *older = is_newer(second, first) ? a : b;
        drop_document(&older->index.qe_identity, &older->owned.view.qe_identity, &older->owned.view.qe_identity_signature);
    }
}

static int64_t issued_s(X509_CRL *crl) {
    int64_t unix_s = 0;
    return avo_asn1_time(X509_CRL_get0_lastUpdate(crl), &unix_s) ? unix_s : 0;
}

static void drop_crl(struct avo_pool_set *set, unsigned slot) {
    struct avo_collateral *view = &set->owned.view;
    struct avo_slice *const crls[AVO_CRL_SLOT_COUNT] = {&view->root_crl, &view->pck_crl, &view->amd_crl};
    *crls[slot] = AVO_SLICE_EMPTY;
    X509_CRL_free(set->index.crl[slot]);
    set->index.crl[slot] = NULL;
}

static void drop_older_crl(struct avo_pool_set *a, unsigned slot_a, struct avo_pool_set *b, unsigned slot_b) {
    X509_CRL *first = a->index.crl[slot_a];
    X509_CRL *second = b->index.crl[slot_b];
    if (first != NULL && second != NULL && avo_name_equal(X509_CRL_get_issuer(first), X509_CRL_get_issuer(second))) {
        bool second_newer = issued_s(second) > issued_s(first);
        drop_crl(second_newer ? a : b, second_newer ? slot_a : slot_b);
    }
}

static void drop_older(struct avo_pool_set *a, struct avo_pool_set *b) {
    drop_older_tcb_info(a, b);
    drop_older_qe_identity(a, b);
    for (unsigned slot_a = 0; slot_a < AVO_CRL_SLOT_COUNT; slot_a++) {
        for (unsigned slot_b = 0; slot_b < AVO_CRL_SLOT_COUNT; slot_b++) {
            drop_older_crl(a, slot_a, b, slot_b);
        }
    }
}

void avo_pool_prune(struct avo_pool *pool) {
    for (uint32_t i = 0; i < pool->count; i++) {
        for (uint32_t k = i + 1; k < pool->count; k++) {
            drop_older(&pool->set[i], &pool->set[k]);
        }
    }
}

int64_t avo_pool_ends(const struct avo_pool *pool) {
    int64_t ends_s = 0;
    for (uint32_t i = 0; i < pool->count; i++) {
        int64_t one_s = avo_collateral_ends(&pool->set[i].owned.view);
        ends_s = ends_s == 0 || (one_s != 0 && one_s < ends_s) ? one_s : ends_s;
    }
    return ends_s;
}
