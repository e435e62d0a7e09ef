/* Signed collateral: who signed it, that it is current, and that it is about this platform. */
#include "attest/dcap/dcap.h"
#include "attest/x509/clock.h"
#include "attest/x509/ecdsa.h"
#include <string.h>

static enum avo_error load_signer(struct avo_dcap *dcap, struct avo_slice pem, const char *what, struct avo_certs *certs,
                                  X509 **signer) {
    enum avo_error error = avo_certs_from_pem(pem, what, certs, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    *signer = avo_dcap_find(certs, "SGX TCB Signing");
    if (*signer == NULL) {
        return avo_reason_set(dcap->reason, AVO_EAUTH, "%s: none, or several, of it are \"SGX TCB Signing\"; " AVO_DCAP_FETCH,
                              what);
    }
    struct avo_path path;
    error = avo_dcap_verify_chain(dcap, what, *signer, certs, &path);
    if (error == AVO_OK && path.count != 2) {
        char name[AVO_COMMON_NAME_BYTES];
        avo_cert_common_name(path.cert[1], name, sizeof name);
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "%s: \"SGX TCB Signing\" is issued by \"%s\" instead of the root; " AVO_DCAP_FETCH, what, name);
    }
    return error;
}

enum avo_error avo_dcap_load_signers(struct avo_dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    enum avo_error error = load_signer(dcap, collateral->tcb_chain, "TCB info issuer chain", &dcap->tcb_certs, &dcap->tcb_signer);
    dcap->qe_signer = dcap->tcb_signer;
    bool same = collateral->qe_chain.length == 0 || avo_slice_equal(collateral->qe_chain, collateral->tcb_chain);
    if (error == AVO_OK && !same) {
        error = load_signer(dcap, collateral->qe_chain, "QE identity issuer chain", &dcap->qe_certs, &dcap->qe_signer);
    }
    return error;
}

static enum avo_error check_window(struct avo_dcap *dcap, const char *what, int64_t issued_s, int64_t expires_s) {
    char date[AVO_DATE_BYTES];
    if (dcap->input->now_unix_s > expires_s) {
        avo_date_format(expires_s, date);
        return avo_reason_set(dcap->reason, AVO_ESTALE, "%s: expired %s; " AVO_DCAP_FETCH, what, date);
    }
    if (dcap->input->now_unix_s < issued_s) {
        avo_date_format(issued_s, date);
        return avo_reason_set(dcap->reason, AVO_ESTALE, "%s: not valid before %s; check the clock (--at)", what, date);
    }
    return AVO_OK;
}

static enum avo_error load_signed(struct avo_dcap *dcap, struct avo_slice text, struct avo_slice signature, const char *member,
                                  const char *what, X509 *signer, struct avo_slice *object) {
    struct avo_signed_json json;
    enum avo_error error = avo_collateral_split(text, signature, member, what, &json, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    if (!avo_ecdsa_verify(avo_cert_key(signer), AVO_SLICE_OF(json.signature), json.object)) {
        return avo_reason_set(
            dcap->reason, AVO_EAUTH,
            "%s: its signature does not verify over the bytes as given; " AVO_DCAP_FETCH " and do not re-format it", what);
    }
    *object = json.object;
    return AVO_OK;
}

enum avo_error avo_dcap_load_tcb_info(struct avo_dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    struct avo_slice object;
    enum avo_error error =
        load_signed(dcap, collateral->tcb_info, collateral->tcb_info_signature, "tcbInfo", "TCB info", dcap->tcb_signer, &object);
    error = error != AVO_OK ? error : avo_tcb_info_parse(object, &dcap->tcb_info, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    const struct avo_tcb_info *info = &dcap->tcb_info;
    if (info->tdx != (dcap->input->evidence->tee == AVO_TEE_TDX)) {
        return avo_reason_set(dcap->reason, AVO_EDENIED, "TCB info: for %s, but the quote is not; fetch the other one",
                              info->tdx ? "TDX" : "SGX");
    }
    bool same = memcmp(info->fmspc, dcap->pck.fmspc, sizeof info->fmspc) == 0 &&
                memcmp(info->pce_id, dcap->pck.pce_id, sizeof info->pce_id) == 0;
    if (!same) {
        return avo_reason_set(dcap->reason, AVO_EDENIED,
                              "TCB info: for another CPU family (FMSPC or PCE id) than the PCK certificate; "
                              "fetch the one for this platform");
    }
    return check_window(dcap, "TCB info", info->issue_date_s, info->next_update_s);
}

enum avo_error avo_dcap_load_qe_identity(struct avo_dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    struct avo_slice object;
    enum avo_error error = load_signed(dcap, collateral->qe_identity, collateral->qe_identity_signature, "enclaveIdentity",
                                       "QE identity", dcap->qe_signer, &object);
    error = error != AVO_OK ? error : avo_qe_identity_parse(object, &dcap->qe_identity, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    if (dcap->qe_identity.tdx != (dcap->input->evidence->tee == AVO_TEE_TDX)) {
        return avo_reason_set(dcap->reason, AVO_EDENIED,
                              "QE identity: of the %s quoting enclave, but the quote is of the other kind; "
                              "fetch the other one",
                              dcap->qe_identity.tdx ? "TDX" : "SGX");
    }
    return check_window(dcap, "QE identity", dcap->qe_identity.issue_date_s, dcap->qe_identity.next_update_s);
}
