/* Collateral from files. */
#ifndef AVO_ATTEST_LOAD_H
#define AVO_ATTEST_LOAD_H

#include "attest/verify/file.h"
#include "attest/verify/pool.h"

/* Everything that a path holds, for avo_pool_choose:
 * - a file: a JSON bundle (attest/verify/bundle.h), or a list of bundles;
 * - a folder, with the folders below it: files tcb.json, qe.json, chain.pem, root_crl.der, pck_crl.der and, for quotes without a
 *   chain, pck_chain.pem (Intel); vek.der or vek.pem, chain.pem and crl.der (AMD); and under any other name what reads as a bundle,
 * a signed document, a CRL, a VEK certificate or a chain. Other files are passed over. AVO_EIO, AVO_EFORMAT or AVO_EFULL with a
 * reason, and an empty pool. */
AVO_MUST_USE enum avo_error avo_pool_load(const char *path, struct avo_pool *pool, struct avo_reason *reason);

/* A number that changes when a file that avo_pool_load reads is written, replaced, added or removed; 0 when the path cannot be
 * read. */
uint64_t avo_pool_stamp(const char *path);

#endif
