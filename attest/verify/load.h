/* Evidence and collateral from files. The verifier itself never opens one: this stands apart, for tools and for start-up. */
#ifndef AVO_ATTEST_VERIFY_LOAD_H
#define AVO_ATTEST_VERIFY_LOAD_H

#include "attest/verify/bundle.h"

#define AVO_FILE_BYTES_MAX (UINT32_C(4) << 20)

/* A whole file from malloc, `capacity` the length plus a terminating NUL that is not counted. AVO_EIO with a reason. */
AVO_MUST_USE enum avo_error avo_file_read(const char *path, struct avo_buffer *out, struct avo_reason *reason);

/* The same for evidence: a file of hex digits and white space alone is decoded. AVO_EFORMAT for an odd number of digits. */
AVO_MUST_USE enum avo_error avo_evidence_load(const char *path, struct avo_buffer *out, struct avo_reason *reason);

/* A JSON bundle (attest/verify/bundle.h), or a folder with the files tcb.json, qe.json, chain.pem, root_crl.der, pck_crl.der and,
 * for quotes without a chain, pck_chain.pem (Intel); vek.der or vek.pem, chain.pem and, optionally, crl.der or root_crl.der (AMD).
 */
AVO_MUST_USE enum avo_error avo_collateral_load(const char *path, struct avo_collateral_owned *out, struct avo_reason *reason);

#endif
