#include "attest/verify/load.h"
#include "attest/verify/json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* DER as it is, or as hex text (as Intel's service sends CRLs). */
static enum avo_error load_piece(const char *folder, const char *name, struct avo_collateral_owned *out, struct avo_slice *slice,
                                 struct avo_reason *reason) {
    char path[4096];
    struct avo_buffer bytes;
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (slice->length > 0 || (stat(path, &info) != 0 && errno == ENOENT)) {
        return AVO_OK; /* the verifier says which piece is missing, if it needs it */
    }
    enum avo_error error = avo_file_read_hex(path, &bytes, reason);
    if (error != AVO_OK) {
        free(bytes.data);
        return error;
    }
    *slice = avo_collateral_keep(out, bytes.data, bytes.length);
    return AVO_OK;
}

static enum avo_error load_folder(const char *path, struct avo_collateral_owned *out, struct avo_reason *reason) {
    struct avo_collateral *view = &out->view;
    struct {
        const char *name;
        struct avo_slice *slice;
    } const pieces[] = {{"tcb.json", &view->tcb_info},     {"qe.json", &view->qe_identity}, {"chain.pem", &view->tcb_chain},
                        {"root_crl.der", &view->root_crl}, {"pck_crl.der", &view->pck_crl}, {"pck_chain.pem", &view->pck_chain},
                        {"vek.der", &view->vek},           {"vek.pem", &view->vek},         {"crl.der", &view->amd_crl}};
    enum avo_error error = AVO_OK;
    for (size_t i = 0; i < AVO_COUNT(pieces) && error == AVO_OK; i++) {
        error = load_piece(path, pieces[i].name, out, pieces[i].slice, reason);
    }
    view->vek_chain = view->tcb_chain; /* one name for both vendors */
    if (view->vek.length > 0 && view->amd_crl.length == 0) {
        view->amd_crl = view->root_crl;
    }
    if (error == AVO_OK && out->block_count == 0) {
        error = avo_reason_set(reason, AVO_EIO,
                               "%s: holds none of tcb.json, qe.json, chain.pem, root_crl.der, pck_crl.der, vek.der", path);
    }
    return error;
}

enum avo_error avo_collateral_load(const char *path, struct avo_collateral_owned *out, struct avo_reason *reason) {
    struct stat info;
    struct avo_buffer text;
    memset(out, 0, sizeof *out);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return load_folder(path, out, reason);
    }
    enum avo_error error = avo_file_read(path, &text, reason);
    error = error != AVO_OK ? error : avo_collateral_from_json(avo_buffer_slice(&text), out, reason);
    free(text.data);
    return error;
}
