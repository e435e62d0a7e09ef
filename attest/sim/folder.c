#include "attest/sim/folder.h"
#include <errno.h>
#include <stdio.h>

static enum avo_error write_file(const char *folder, const char *name, struct avo_slice bytes) {
    char path[4096];
    char aside[4096];
    if (bytes.length == 0) {
        return AVO_OK;
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)snprintf(aside, sizeof aside, "%s/.%s.new", folder, name);
    FILE *file = fopen(aside, "wb");
    if (file == NULL) {
        return AVO_EIO;
    }
    size_t written = 0;
    (void)setvbuf(file, NULL, _IONBF, 0); /* so that an interruption shows here, not in fclose */
    do {
        clearerr(file);
        written += fwrite(bytes.data + written, 1, bytes.length - written, file);
    } while (written < bytes.length && ferror(file) != 0 && errno == EINTR);
    bool whole = fclose(file) == 0 && written == bytes.length;
    return whole && rename(aside, path) == 0 ? AVO_OK : AVO_EIO; /* who reads meanwhile has the old one */
}

enum avo_error avo_sim_folder_write(const char *folder, const struct avo_collateral *collateral) {
    struct avo_slice chain = collateral->vek.length > 0 ? collateral->vek_chain : collateral->tcb_chain;
    const struct {
        const char *name;
        struct avo_slice bytes;
    } files[] = {
        {"tcb.json", collateral->tcb_info},     {"qe.json", collateral->qe_identity}, {"chain.pem", chain},
        {"root_crl.der", collateral->root_crl}, {"pck_crl.der", collateral->pck_crl}, {"pck_chain.pem", collateral->pck_chain},
        {"vek.der", collateral->vek},           {"crl.der", collateral->amd_crl}};
    enum avo_error error = AVO_OK;
    for (size_t i = 0; i < AVO_COUNT(files) && error == AVO_OK; i++) {
        error = write_file(folder, files[i].name, files[i].bytes);
    }
    return error;
}
