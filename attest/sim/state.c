/* The platform's secrets as bytes: magic, options, then keys and certificates as length-prefixed DER. */
#include "attest/sim/platform.h"
#include "attest/sim/sign.h"
#include "base/cursor.h"
#include "base/secret.h"
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t magic[8] = {'a', 'v', 'o', 's', 'i', 'm', '0', '1'};

static void write_options(struct avo_writer *writer, const struct avo_sim_options *options) {
    avo_write_u64(writer, (uint64_t)options->now_unix_s);
    avo_write_bytes(writer, options->fmspc, sizeof options->fmspc);
    avo_write_bytes(writer, options->pce_id, sizeof options->pce_id);
    avo_write_bytes(writer, options->ppid, sizeof options->ppid);
    avo_write_bytes(writer, options->component_svn, sizeof options->component_svn);
    avo_write_u16(writer, options->pce_svn);
    avo_write_u16(writer, options->qe_svn);
    avo_write_bytes(writer, options->qe_mr_signer, sizeof options->qe_mr_signer);
    avo_write_u8(writer, options->qe_product_id);
    avo_write_u8(writer, options->smt_enabled);
}

static void read_options(struct avo_reader *reader, struct avo_sim_options *options) {
    options->now_unix_s = (int64_t)avo_read_u64(reader);
    avo_read_bytes(reader, options->fmspc, sizeof options->fmspc);
    avo_read_bytes(reader, options->pce_id, sizeof options->pce_id);
    avo_read_bytes(reader, options->ppid, sizeof options->ppid);
    avo_read_bytes(reader, options->component_svn, sizeof options->component_svn);
    options->pce_svn = avo_read_u16(reader);
    options->qe_svn = avo_read_u16(reader);
    avo_read_bytes(reader, options->qe_mr_signer, sizeof options->qe_mr_signer);
    options->qe_product_id = avo_read_u8(reader);
    options->smt_enabled = avo_read_u8(reader) != 0;
}

static void write_blob(struct avo_writer *writer, uint8_t *der, int length) {
    if (length <= 0) {
        writer->failed = true;
    } else {
        avo_write_u32(writer, (uint32_t)length);
        avo_write_bytes(writer, der, (size_t)length);
        avo_secret_wipe(der, (size_t)length);
    }
    OPENSSL_free(der);
}

static void write_key(struct avo_writer *writer, EVP_PKEY *key) {
    uint8_t *der = NULL;
    int length = i2d_PrivateKey(key, &der);
    write_blob(writer, der, length);
}

static void write_cert(struct avo_writer *writer, X509 *cert) {
    uint8_t *der = NULL;
    int length = i2d_X509(cert, &der);
    write_blob(writer, der, length);
}

static EVP_PKEY *read_key(struct avo_reader *reader) {
    struct avo_slice der = avo_read_slice(reader, avo_read_u32(reader));
    const unsigned char *at = der.data;
    EVP_PKEY *key = der.length == 0 ? NULL : d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)der.length);
    if (key == NULL) {
        avo_read_fail(reader);
    }
    return key;
}

static X509 *read_cert(struct avo_reader *reader) {
    struct avo_slice der = avo_read_slice(reader, avo_read_u32(reader));
    const unsigned char *at = der.data;
    X509 *cert = der.length == 0 ? NULL : d2i_X509(NULL, &at, (long)der.length);
    if (cert == NULL) {
        avo_read_fail(reader);
    }
    return cert;
}

enum avo_error avo_sim_platform_save(const struct avo_sim_platform *platform, struct avo_buffer *out) {
    struct avo_writer writer = avo_writer(out->data, out->capacity);
    avo_write_bytes(&writer, magic, sizeof magic);
    write_options(&writer, &platform->options);
    avo_write_bytes(&writer, platform->auth_data, sizeof platform->auth_data);
    write_key(&writer, platform->root_key);
    write_key(&writer, platform->ca_key);
    write_key(&writer, platform->pck_key);
    write_key(&writer, platform->signing_key);
    write_key(&writer, platform->attestation_key);
    write_cert(&writer, platform->root);
    write_cert(&writer, platform->ca);
    write_cert(&writer, platform->pck);
    write_cert(&writer, platform->signing);
    out->length = writer.failed ? 0 : writer.length;
    return writer.failed ? AVO_ESPACE : AVO_OK;
}

struct avo_sim_platform *avo_sim_platform_restore(struct avo_slice state) {
    struct avo_reader reader = avo_reader(state);
    struct avo_sim_platform *platform = calloc(1, sizeof *platform);
    if (platform == NULL) {
        return NULL;
    }
    if (!avo_slice_equal(avo_read_slice(&reader, sizeof magic), AVO_SLICE_OF(magic))) {
        avo_read_fail(&reader);
    }
    read_options(&reader, &platform->options);
    avo_read_bytes(&reader, platform->auth_data, sizeof platform->auth_data);
    platform->root_key = read_key(&reader);
    platform->ca_key = read_key(&reader);
    platform->pck_key = read_key(&reader);
    platform->signing_key = read_key(&reader);
    platform->attestation_key = read_key(&reader);
    platform->root = read_cert(&reader);
    platform->ca = read_cert(&reader);
    platform->pck = read_cert(&reader);
    platform->signing = read_cert(&reader);
    ERR_clear_error();
    if (!avo_reader_done(&reader) || !avo_sim_point(platform->attestation_key, platform->attestation_point)) {
        avo_sim_platform_free(platform);
        return NULL;
    }
    return platform;
}
