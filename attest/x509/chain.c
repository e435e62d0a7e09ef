#include "attest/x509/chain.h"
#include "attest/x509/clock.h"
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

static void name_of(X509_NAME *name, char *out, size_t capacity) {
    out[0] = '\0';
    if (name != NULL) {
        avo_name_common(name, out, capacity);
    }
}

static const char *date_text(const ASN1_TIME *time, char out[AVO_DATE_BYTES]) {
    int64_t unix_s = 0;
    if (!avo_asn1_time(time, &unix_s)) {
        return "at an unreadable date";
    }
    avo_date_format(unix_s, out);
    return out;
}

/* OpenSSL no longer says which CRL it meant: the one by the issuer of the certificate it stopped at. */
static X509_CRL *crl_of(const struct avo_chain_input *input, X509 *cert) {
    for (size_t i = 0; cert != NULL && i < AVO_CRLS_MAX; i++) {
        X509_CRL *crl = input->crl[i];
        if (crl != NULL && X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert)) == 0) {
            return crl;
        }
    }
    return NULL;
}

static enum avo_error explain_crl(const struct avo_chain_input *input, int code, X509_CRL *crl, struct avo_reason *reason) {
    char name[AVO_COMMON_NAME_BYTES];
    char date[AVO_DATE_BYTES];
    name_of(crl == NULL ? NULL : X509_CRL_get_issuer(crl), name, sizeof name);
    if (code == X509_V_ERR_CRL_HAS_EXPIRED) {
        return avo_reason_set(reason, AVO_ESTALE, "%s: the CRL of \"%s\" expired %s; fetch fresh collateral", input->what, name,
                              date_text(crl == NULL ? NULL : X509_CRL_get0_nextUpdate(crl), date));
    }
    return avo_reason_set(reason, AVO_ESTALE, "%s: the CRL of \"%s\" is not valid before %s; check the clock (--at)", input->what,
                          name, date_text(crl == NULL ? NULL : X509_CRL_get0_lastUpdate(crl), date));
}

static enum avo_error explain(const struct avo_chain_input *input, X509_STORE_CTX *context, struct avo_reason *reason) {
    int code = X509_STORE_CTX_get_error(context);
    X509 *cert = X509_STORE_CTX_get_current_cert(context);
    char name[AVO_COMMON_NAME_BYTES];
    char issuer[AVO_COMMON_NAME_BYTES];
    char date[AVO_DATE_BYTES];
    name_of(cert == NULL ? NULL : X509_get_subject_name(cert), name, sizeof name);
    name_of(cert == NULL ? NULL : X509_get_issuer_name(cert), issuer, sizeof issuer);
    switch (code) {
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return explain_crl(input, code, crl_of(input, cert), reason);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return avo_reason_set(reason, AVO_ESTALE, "%s: \"%s\" expired %s; %s", input->what, name,
                              cert == NULL ? "-" : date_text(X509_get0_notAfter(cert), date), input->renew);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return avo_reason_set(reason, AVO_ESTALE, "%s: \"%s\" is not valid before %s; check the clock (--at)", input->what, name,
                              cert == NULL ? "-" : date_text(X509_get0_notBefore(cert), date));
    case X509_V_ERR_CERT_REVOKED:
        return avo_reason_set(reason, AVO_EDENIED, "%s: \"%s\" is revoked by \"%s\"; do not trust this platform any more",
                              input->what, name, issuer);
    case X509_V_ERR_UNABLE_TO_GET_CRL:
        return avo_reason_set(reason, AVO_EAUTH, "%s: the collateral has no CRL by \"%s\", the issuer of \"%s\"; fetch that one",
                              input->what, issuer, name);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        return avo_reason_set(reason, AVO_EAUTH, "%s: it lacks \"%s\", the issuer of \"%s\"; %s", input->what, issuer, name,
                              input->renew);
    default:
        return avo_reason_set(reason, AVO_EAUTH, "%s: \"%s\": %s; the certificates do not belong together", input->what, name,
                              X509_verify_cert_error_string(code));
    }
}

static enum avo_error refuse_namesakes(const struct avo_chain_input *input, struct avo_reason *reason) {
    const struct avo_certs *certs = input->others;
    for (uint32_t i = 0; i < certs->count; i++) {
        for (uint32_t k = i + 1; k < certs->count; k++) {
            bool same_name = avo_name_equal(X509_get_subject_name(certs->cert[i]), X509_get_subject_name(certs->cert[k]));
            if (same_name && X509_cmp(certs->cert[i], certs->cert[k]) != 0) {
                char name[AVO_COMMON_NAME_BYTES];
                avo_cert_common_name(certs->cert[i], name, sizeof name);
                return avo_reason_set(reason, AVO_EAUTH, "%s: two different certificates named \"%s\"; leave the vendor's, %s",
                                      input->what, name, input->renew);
            }
        }
    }
    return AVO_OK;
}

static const struct avo_root *root_of(const struct avo_chain_input *input, X509 *cert) {
    uint8_t hash[AVO_ROOT_KEY_HASH_BYTES];
    return avo_cert_is_self_issued(cert) && avo_cert_key_hash(cert, hash) ? avo_roots_find(input->roots, hash) : NULL;
}

static bool holds_root(const struct avo_chain_input *input) {
    for (uint32_t i = 0; i < input->others->count; i++) {
        if (root_of(input, input->others->cert[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Every pinned root among the certificates is an anchor: the path decides which of them counts. */
static bool fill_store(const struct avo_chain_input *input, X509_STORE *store) {
    bool filled = store != NULL;
    for (uint32_t i = 0; filled && i < input->others->count; i++) {
        X509 *cert = input->others->cert[i];
        filled = root_of(input, cert) == NULL || X509_STORE_add_cert(store, cert) == 1;
    }
    for (size_t i = 0; filled && i < AVO_CRLS_MAX; i++) {
        filled = input->crl[i] == NULL || X509_STORE_add_crl(store, input->crl[i]) == 1;
    }
    return filled;
}

static bool fill_untrusted(const struct avo_chain_input *input, STACK_OF(X509) * stack) {
    bool filled = stack != NULL;
    for (uint32_t i = 0; filled && i < input->others->count; i++) {
        filled = sk_X509_push(stack, input->others->cert[i]) > 0;
    }
    return filled;
}

/* The certificates are the input's own, which outlive the context. */
static enum avo_error take_path(const struct avo_chain_input *input, X509_STORE_CTX *context, struct avo_path *path,
                                struct avo_reason *reason) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    int count = sk_X509_num(chain);
    if (count < 2 || count > AVO_PATH_MAX) {
        return avo_reason_set(reason, AVO_EAUTH, "%s: a path of %d certificates, which no vendor has", input->what, count);
    }
    for (int i = 0; i < count; i++) {
        path->cert[path->count++] = sk_X509_value(chain, i);
    }
    path->root = root_of(input, path->cert[count - 1]);
    return AVO_OK;
}

static enum avo_error run(const struct avo_chain_input *input, X509_STORE *store, STACK_OF(X509) * untrusted,
                          X509_STORE_CTX *context, struct avo_path *path, struct avo_reason *reason) {
    if (context == NULL || X509_STORE_CTX_init(context, store, input->leaf, untrusted) != 1) {
        return avo_reason_set(reason, AVO_EFULL, "%s: out of memory", input->what);
    }
    unsigned long flags = X509_V_FLAG_CHECK_SS_SIGNATURE;
    flags |= input->check_revocation ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : 0;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)input->now_unix_s);
    X509_VERIFY_PARAM_set_depth(param, AVO_PATH_MAX);
    (void)X509_VERIFY_PARAM_set_flags(param, flags);
    return X509_verify_cert(context) == 1 ? take_path(input, context, path, reason) : explain(input, context, reason);
}

enum avo_error avo_chain_verify(const struct avo_chain_input *input, struct avo_path *path, struct avo_reason *reason) {
    *path = (struct avo_path){.count = 0};
    enum avo_error error = refuse_namesakes(input, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (!holds_root(input)) {
        return avo_reason_set(reason, AVO_EAUTH,
                              "%s: it does not end in a root that is trusted here; if it is a simulated or a "
                              "test platform, name its root (--root, or simulated_root in the policy)",
                              input->what);
    }
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (fill_store(input, store) && fill_untrusted(input, untrusted)) {
        error = run(input, store, untrusted, context, path, reason);
    } else {
        error = avo_reason_set(reason, AVO_EFULL, "%s: out of memory", input->what);
    }
    X509_STORE_CTX_free(context);
    sk_X509_free(untrusted);
    X509_STORE_free(store);
    ERR_clear_error();
    return error;
}
