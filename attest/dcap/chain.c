/* What every chain of an Intel quote and its collateral is held to. */
#include "attest/dcap/dcap.h"
#include <string.h>

X509 *avo_dcap_find(const struct avo_certs *certs, const char *phrase) {
    X509 *found = NULL;
    for (uint32_t i = 0; i < certs->count; i++) {
        char name[AVO_COMMON_NAME_BYTES];
        avo_cert_common_name(certs->cert[i], name, sizeof name);
        if (strstr(name, phrase) == NULL || (found != NULL && X509_cmp(found, certs->cert[i]) == 0)) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = certs->cert[i];
    }
    return found;
}

enum avo_error avo_dcap_verify_chain(struct avo_dcap *dcap, const char *what, X509 *leaf, const struct avo_certs *certs,
                                     struct avo_path *path) {
    struct avo_chain_input chain = {.what = what,
                                    .renew = AVO_DCAP_FETCH,
                                    .leaf = leaf,
                                    .others = certs,
                                    .crl = {dcap->root_crl, dcap->pck_crl},
                                    .check_revocation = true,
                                    .now_unix_s = dcap->input->now_unix_s,
                                    .roots = dcap->input->roots};
    enum avo_error error = avo_chain_verify(&chain, path, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    if (dcap->root != NULL && dcap->root != path->root) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "%s: ends in \"%s\", but the PCK certificate in \"%s\"; the collateral is of "
                              "another vendor",
                              what, path->root->name, dcap->root->name);
    }
    dcap->root = path->root;
    avo_result_set_root(dcap->result, path->root);
    return AVO_OK;
}
