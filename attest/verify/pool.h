/* The collateral of a fleet: CPU families, chips and both vendors together. What one piece of evidence needs is chosen by what that
 * evidence says it is. Choosing proves nothing: whatever is chosen, the verifier checks as if it were alone. */
#ifndef AVO_ATTEST_POOL_H
#define AVO_ATTEST_POOL_H

#include "attest/verify/bundle.h"
#include "attest/verify/evidence.h"
#include "attest/verify/index.h"

#define AVO_POOL_SETS_MAX 4096

/* Pieces that came together: a bundle, a folder's files of known names, or one file of another name. */
struct avo_pool_set {
    struct avo_collateral_owned owned;
    struct avo_collateral_index index;
    uint32_t group; /* the folder or file it came from: what stands side by side is preferred */
};

struct avo_pool {
    struct avo_pool_set *set;
    uint32_t count, capacity;
};

/* Takes `owned` over, in any case. AVO_EFULL beyond AVO_POOL_SETS_MAX or without memory. */
AVO_MUST_USE enum avo_error avo_pool_add(struct avo_pool *pool, struct avo_collateral_owned *owned, uint32_t group,
                                         struct avo_reason *reason);
/* The bundles of a JSON text: one object, or a list of them. AVO_EFORMAT when it is neither. With `lenient`, what is no bundle at
 * all is passed over: other JSON lies in folders too. */
AVO_MUST_USE enum avo_error avo_pool_add_bundles(struct avo_pool *pool, struct avo_slice text, uint32_t group, bool lenient,
                                                 struct avo_reason *reason);
/* Of documents and CRLs about the same thing the one issued last stays. Once, when all is added. */
void avo_pool_prune(struct avo_pool *pool);
void avo_pool_free(struct avo_pool *pool);

/* The pieces for `evidence`, borrowed from the pool: those that fit, else those that stand where they would, so that the verifier
 * says what is wrong with them; empty where there is none. */
struct avo_collateral avo_pool_choose(const struct avo_pool *pool, const struct avo_evidence *evidence);

/* When the first piece ends (attest/verify/ends.h); 0: nothing in it has a date. */
int64_t avo_pool_ends(const struct avo_pool *pool);

#endif
