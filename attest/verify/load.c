#include "attest/verify/load.h"
#include "attest/verify/json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As many bytes as there are, to `length`, however often it is interrupted. */
static size_t read_all(FILE *file, uint8_t *to, size_t length) {
    size_t got = 0;
    do {
        clearerr(file);
        got += fread(to + got, 1, length - got, file);
    } while (got < length && ferror(file) != 0 && errno == EINTR);
    return got;
}

enum avo_error avo_file_read(const char *path, struct avo_buffer *out, struct avo_reason *reason) {
    struct stat info;
    FILE *file = fopen(path, "rb");
    memset(out, 0, sizeof *out);
    if (file == NULL || fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > AVO_FILE_BYTES_MAX) {
        if (file != NULL) {
            (void)fclose(file);
            return avo_reason_set(reason, AVO_EIO, "%s: not a file of up to %u bytes", path, AVO_FILE_BYTES_MAX);
        }
        return avo_reason_set(reason, AVO_EIO, "%s: %s", path, strerror(errno));
    }
    size_t length = (size_t)info.st_size;
    uint8_t *bytes = malloc(length + 1);
    size_t got = bytes == NULL ? 0 : read_all(file, bytes, length);
    (void)fclose(file);
    if (bytes == NULL || got != length) {
        free(bytes);
        return avo_reason_set(reason, AVO_EIO, "%s: cannot be read to its end", path);
    }
    bytes[length] = 0;
    *out = (struct avo_buffer){bytes, length, length + 1};
    return AVO_OK;
}

static bool is_space(uint8_t byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static bool is_hex_text(const struct avo_buffer *bytes) {
    for (size_t i = 0; i < bytes->length; i++) {
        uint8_t byte = bytes->data[i];
        bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
        bool prefix = i == 1 && byte == 'x' && bytes->data[0] == '0';
        if (!digit && !prefix && !is_space(byte)) {
            return false;
        }
    }
    return bytes->length > 0;
}

enum avo_error avo_evidence_load(const char *path, struct avo_buffer *out, struct avo_reason *reason) {
    enum avo_error error = avo_file_read(path, out, reason);
    if (error != AVO_OK || !is_hex_text(out)) {
        return error;
    }
    size_t digits = 0;
    size_t from = out->length > 1 && out->data[1] == 'x' ? 2 : 0;
    for (size_t i = from; i < out->length; i++) {
        if (!is_space(out->data[i])) {
            out->data[digits++] = out->data[i];
        }
    }
    out->length = digits / 2;
    if (digits % 2 != 0 || !avo_hex_decode(avo_slice(out->data, digits), out->data, digits / 2)) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s: an odd number of hex digits; the file is cut, get the evidence again",
                              path);
    }
    return AVO_OK;
}

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
    enum avo_error error = avo_evidence_load(path, &bytes, reason);
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
