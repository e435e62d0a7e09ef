/* Collateral from files. */
#ifndef AVO_ATTEST_VERIFY_LOAD_H
#define AVO_ATTEST_VERIFY_LOAD_H

#include "attest/verify/bundle.h"
#include "attest/verify/file.h"

/* A JSON bundle (attest/verify/bundle.h), or a folder with the files tcb.json, qe.json, chain.pem, root_crl.der, pck_crl.der and,
 * for quotes without a chain, pck_chain.pem (Intel); vek.der or vek.pem, chain.pem and, optionally, crl.der or root_crl.der (AMD).
 */
AVO_MUST_USE enum avo_error avo_collateral_load(const char *path, struct avo_collateral_owned *out, struct avo_reason *reason);

#endif
