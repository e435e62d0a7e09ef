/* The steps of verifying an Intel quote, in the order of verify_dcap.c. Internal to attest/. */
#ifndef AVO_ATTEST_DCAP_H
#define AVO_ATTEST_DCAP_H

#include "attest/dcap/pck.h"
#include "attest/dcap/qe_identity.h"
#include "attest/dcap/tcb_level.h"
#include "attest/verify/result.h"
#include "attest/x509/chain.h"

#define AVO_DCAP_FETCH "fetch fresh collateral"

struct avo_dcap {
    const struct avo_attest_input *input;
    const struct avo_quote *quote;
    struct avo_attest_result *result;
    struct avo_reason *reason;
    const struct avo_root *root; /* the one that every chain must end in */
    struct avo_certs pck_certs, tcb_certs, qe_certs;
    X509 *pck_leaf; /* borrowed from the certificates above, as are the two signers */
    X509 *tcb_signer, *qe_signer;
    X509_CRL *root_crl, *pck_crl;
    struct avo_pck pck;
    struct avo_tcb_info tcb_info;
    struct avo_qe_identity qe_identity;
};

/* Each fills what later ones use, or names itself in the reason. */
AVO_MUST_USE enum avo_error avo_dcap_load_pck_chain(struct avo_dcap *dcap);
/* By the quote's own attestation key: cheap, and what fails first when evidence was damaged. It proves nothing alone. */
AVO_MUST_USE enum avo_error avo_dcap_verify_signature(struct avo_dcap *dcap);
AVO_MUST_USE enum avo_error avo_dcap_load_crls(struct avo_dcap *dcap);
AVO_MUST_USE enum avo_error avo_dcap_verify_pck(struct avo_dcap *dcap);
/* By the PCK: this quoting enclave runs on this platform. */
AVO_MUST_USE enum avo_error avo_dcap_verify_qe_report(struct avo_dcap *dcap);
AVO_MUST_USE enum avo_error avo_dcap_load_signers(struct avo_dcap *dcap);
AVO_MUST_USE enum avo_error avo_dcap_load_tcb_info(struct avo_dcap *dcap);
AVO_MUST_USE enum avo_error avo_dcap_load_qe_identity(struct avo_dcap *dcap);

/* Which levels the platform and its quoting enclave reach, and for a TD the module it was started under and the one that runs now:
 * the status and its advisories. */
AVO_MUST_USE enum avo_error avo_dcap_evaluate(struct avo_dcap *dcap);

/* The leaf of a kind: the one certificate whose common name contains `phrase`. Borrowed; NULL for none, and for several. */
X509 *avo_dcap_find(const struct avo_certs *certs, const char *phrase);
/* `leaf` up to a trusted root, which must be the same for every chain of one verification. */
AVO_MUST_USE enum avo_error avo_dcap_verify_chain(struct avo_dcap *dcap, const char *what, X509 *leaf,
                                                  const struct avo_certs *certs, struct avo_path *path);

#endif
