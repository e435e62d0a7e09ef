/* Collateral as one JSON text: the form that travels and that is kept in one file.
 *
 * The members are those of Phala's dcap-qvl: tcb_info and qe_identity (the signed objects as strings), their signatures,
 * root_ca_crl and pck_crl (DER in hex), tcb_info_issuer_chain, qe_identity_issuer_chain (PEM). Added: pck_certificate_chain (PEM),
 * and for AMD vek (DER in hex), vek_chain (PEM), amd_crl (DER in hex). Unknown members are passed over.
 */
#ifndef AVO_ATTEST_VERIFY_BUNDLE_H
#define AVO_ATTEST_VERIFY_BUNDLE_H

#include "attest/verify/collateral.h"
#include <jansson.h>

/* Collateral that owns its bytes. Free it also after a failure. */
struct avo_collateral_owned {
    struct avo_collateral view;
    void *block[16];
    uint32_t block_count;
};

AVO_MUST_USE enum avo_error avo_collateral_from_json(struct avo_slice text, struct avo_collateral_owned *out,
                                                     struct avo_reason *reason);
/* The same from one object that was parsed. */
AVO_MUST_USE enum avo_error avo_collateral_from_object(const json_t *object, struct avo_collateral_owned *out,
                                                       struct avo_reason *reason);
/* Whether an object has any member of a bundle. */
bool avo_bundle_is(const json_t *object);
/* The bundle for `collateral`, terminated, from malloc; NULL when a piece does not split or memory is out. */
char *avo_collateral_to_json(const struct avo_collateral *collateral, struct avo_reason *reason);
void avo_collateral_free(struct avo_collateral_owned *collateral);

/* Keeps a malloc'ed block until avo_collateral_free; returns it as a slice. For loaders. */
struct avo_slice avo_collateral_keep(struct avo_collateral_owned *collateral, void *block, size_t length);

#endif
