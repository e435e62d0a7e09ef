/* What a quoting enclave does: vouch for its attestation key, sign, and attach the platform's certificates. */
#include "attest/sim/quote.h"
#include "attest/sim/sign.h"
#include "base/cursor.h"
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>

static const uint8_t vendor_id[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                      0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

static void write_header(struct avo_writer *writer, const struct avo_sim_quote_request *request,
                         const struct avo_sim_options *options) {
    static const uint8_t user_data[20];
    avo_write_u16(writer, request->version);
    avo_write_u16(writer, 2);
    avo_write_u32(writer, request->body_type == 1 ? 0 : 0x81);
    avo_write_u16(writer, request->version == 3 ? options->qe_svn : 0);
    avo_write_u16(writer, request->version == 3 ? options->pce_svn : 0);
    avo_write_bytes(writer, vendor_id, sizeof vendor_id);
    avo_write_bytes(writer, user_data, sizeof user_data);
    if (request->version == 5) {
        avo_write_u16(writer, request->body_type);
        avo_write_u32(writer, (uint32_t)request->body.length);
    }
    avo_write_slice(writer, request->body);
}

static bool make_qe_report(const struct avo_sim_platform *platform, bool tdx, uint8_t out[AVO_SGX_REPORT_BYTES]) {
    const struct avo_sim_options *options = &platform->options;
    struct avo_sgx_report report = {.flags = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64 | AVO_SGX_FLAG_PROVISION_KEY,
                                    .xfrm = 7,
                                    .isv_product_id = (uint16_t)(options->qe_product_id + tdx),
                                    .isv_svn = options->qe_svn};
    uint8_t bound[96];
    memcpy(report.cpu_svn, options->component_svn, sizeof report.cpu_svn);
    memcpy(report.mr_signer, options->qe_mr_signer, sizeof report.mr_signer);
    memcpy(bound, platform->attestation_point, 64);
    memcpy(bound + 64, platform->auth_data, 32);
    bool hashed = EVP_Digest(bound, sizeof bound, report.report_data, NULL, EVP_sha256(), NULL) == 1;
    avo_sgx_report_encode(&report, out);
    return hashed;
}

/* PCK, CA and root as PEM, with the NUL that Intel's library leaves at the end. */
static void write_chain(struct avo_writer *writer, const struct avo_sim_platform *platform) {
    X509 *const certs[] = {platform->pck, platform->ca, platform->root};
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    bool written = bio != NULL;
    for (size_t i = 0; written && i < AVO_COUNT(certs); i++) {
        written = PEM_write_bio_X509(bio, certs[i]) == 1;
    }
    long length = written ? BIO_get_mem_data(bio, &text) : 0;
    avo_write_u16(writer, 5);
    avo_write_u32(writer, (uint32_t)length + 1);
    avo_write_bytes(writer, text, (size_t)length);
    avo_write_u8(writer, 0);
    writer->failed = writer->failed || length <= 0;
    BIO_free(bio);
}

static void write_ppid(struct avo_writer *writer, const struct avo_sim_platform *platform) {
    avo_write_u16(writer, 1);
    avo_write_u32(writer, sizeof platform->options.ppid);
    avo_write_bytes(writer, platform->options.ppid, sizeof platform->options.ppid);
}

static void write_certification(struct avo_writer *writer, const struct avo_sim_platform *platform,
                                const struct avo_sim_quote_request *request) {
    uint8_t report[AVO_SGX_REPORT_BYTES];
    uint8_t signature[64];
    if (!make_qe_report(platform, request->body_type != 1, report) ||
        !avo_sim_sign_raw(platform->pck_key, EVP_sha256(), AVO_SLICE_OF(report), signature, 32)) {
        writer->failed = true;
        return;
    }
    avo_write_bytes(writer, report, sizeof report);
    avo_write_bytes(writer, signature, sizeof signature);
    avo_write_u16(writer, sizeof platform->auth_data);
    avo_write_bytes(writer, platform->auth_data, sizeof platform->auth_data);
    (request->by_ppid ? write_ppid : write_chain)(writer, platform);
}

enum avo_error avo_sim_quote(const struct avo_sim_platform *platform, const struct avo_sim_quote_request *request,
                             struct avo_buffer *out) {
    uint8_t signature[64];
    uint8_t inner[AVO_SIM_QUOTE_BYTES_MAX];
    struct avo_writer writer = avo_writer(out->data, out->capacity);
    struct avo_writer certification = avo_writer(inner, sizeof inner);
    write_header(&writer, request, &platform->options);
    write_certification(&certification, platform, request);
    out->length = 0;
    if (writer.failed || certification.failed ||
        !avo_sim_sign_raw(platform->attestation_key, EVP_sha256(), avo_writer_slice(&writer), signature, 32)) {
        return AVO_ESPACE;
    }
    bool wrapped = request->version > 3;
    avo_write_u32(&writer, (uint32_t)(128 + (wrapped ? 6 : 0) + certification.length));
    avo_write_bytes(&writer, signature, sizeof signature);
    avo_write_bytes(&writer, platform->attestation_point, sizeof platform->attestation_point);
    if (wrapped) {
        avo_write_u16(&writer, 6);
        avo_write_u32(&writer, (uint32_t)certification.length);
    }
    avo_write_slice(&writer, avo_writer_slice(&certification));
    out->length = writer.failed ? 0 : writer.length;
    return writer.failed ? AVO_ESPACE : AVO_OK;
}

enum avo_error avo_sim_quote_v3(const struct avo_sim_platform *platform, const uint8_t report[AVO_SGX_REPORT_BYTES],
                                struct avo_buffer *out) {
    struct avo_sim_quote_request request = {.version = 3, .body_type = 1, .body = avo_slice(report, AVO_SGX_REPORT_BYTES)};
    return avo_sim_quote(platform, &request, out);
}
