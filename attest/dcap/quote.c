#include "attest/dcap/quote_layout.h"
#include <string.h>

enum {
    KEY_TYPE_ECDSA_P256 = 2,
    TEE_TYPE_SGX = 0,
    TEE_TYPE_TDX = 0x81,
};

static const uint8_t intel_vendor_id[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                            0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

static enum avo_error read_header(struct avo_reader *reader, struct avo_quote *quote, struct avo_reason *reason) {
    quote->version = avo_read_u16(reader);
    quote->attestation_key_type = avo_read_u16(reader);
    quote->tee_type = avo_read_u32(reader);
    (void)avo_read_u32(reader); /* QE and PCE SVN in version 3, reserved later: nothing decides on them */
    avo_read_bytes(reader, quote->vendor_id, sizeof quote->vendor_id);
    avo_read_bytes(reader, quote->user_data, sizeof quote->user_data);
    if (reader->failed) {
        return avo_reason_set(reason, AVO_EFORMAT, "quote header: shorter than 48 bytes; the file is cut, get the quote again");
    }
    if (quote->version < 3 || quote->version > 5) {
        return avo_reason_set(reason, AVO_EFORMAT, "quote header: version %u is unknown (3, 4 and 5 are); is this a quote?",
                              quote->version);
    }
    if (quote->attestation_key_type != KEY_TYPE_ECDSA_P256) {
        return avo_reason_set(reason, AVO_EFORMAT, "quote header: attestation key type %u is not ECDSA P-256 (2)",
                              quote->attestation_key_type);
    }
    if (memcmp(quote->vendor_id, intel_vendor_id, sizeof intel_vendor_id) != 0) {
        return avo_reason_set(reason, AVO_EFORMAT, "quote header: quoting enclave vendor is not Intel's 939a7233-...");
    }
    return AVO_OK;
}

static enum avo_error derive_body_type(struct avo_reader *reader, struct avo_quote *quote, struct avo_reason *reason) {
    bool tdx = quote->tee_type == TEE_TYPE_TDX;
    if (quote->version == 3 ? quote->tee_type != TEE_TYPE_SGX : !tdx && quote->tee_type != TEE_TYPE_SGX) {
        return avo_reason_set(reason, AVO_EFORMAT, "quote header: TEE type 0x%x does not go with version %u", quote->tee_type,
                              quote->version);
    }
    quote->body_type = tdx ? AVO_QUOTE_BODY_TD10 : AVO_QUOTE_BODY_SGX;
    if (quote->version < 5) {
        return AVO_OK;
    }
    static const uint32_t sizes[] = {0, AVO_SGX_REPORT_BYTES, AVO_TD_REPORT_BYTES, AVO_TD_REPORT15_BYTES};
    quote->body_type = avo_read_u16(reader);
    uint32_t size = avo_read_u32(reader);
    bool known = quote->body_type >= AVO_QUOTE_BODY_SGX && quote->body_type <= AVO_QUOTE_BODY_TD15;
    if (!known || size != sizes[quote->body_type] || tdx != (quote->body_type != AVO_QUOTE_BODY_SGX)) {
        return avo_reason_set(reason, AVO_EFORMAT,
                              "quote body descriptor: type %u of %u bytes is none of SGX/384, TD 1.0/584, "
                              "TD 1.5/648 that goes with TEE type 0x%x",
                              quote->body_type, size, quote->tee_type);
    }
    return AVO_OK;
}

/* The body after the header, by quote->body_type. */
static enum avo_error read_body(struct avo_reader *reader, struct avo_quote *quote, struct avo_reason *reason) {
    enum avo_error error;
    if (quote->body_type == AVO_QUOTE_BODY_SGX) {
        error = avo_sgx_report_parse(avo_read_slice(reader, AVO_SGX_REPORT_BYTES), &quote->sgx);
    } else {
        size_t length = quote->body_type == AVO_QUOTE_BODY_TD15 ? AVO_TD_REPORT15_BYTES : AVO_TD_REPORT_BYTES;
        error = avo_td_report_parse(avo_read_slice(reader, length), &quote->td);
    }
    if (error != AVO_OK) {
        return avo_reason_set(reason, AVO_EFORMAT, "quote body: the file ends inside it; get the quote again");
    }
    return AVO_OK;
}

/* Real quotes are often padded with zeros to a fixed size; anything else behind the structure is somebody's addition. */
static enum avo_error check_tail(struct avo_slice tail, struct avo_quote *quote, struct avo_reason *reason) {
    for (size_t i = 0; i < tail.length; i++) {
        if (tail.data[i] != 0) {
            return avo_reason_set(reason, AVO_EFORMAT,
                                  "quote tail: %zu bytes follow the signed structure and are not all zero; cut them off",
                                  tail.length);
        }
    }
    quote->zero_tail_bytes = tail.length;
    return AVO_OK;
}

enum avo_error avo_quote_parse(struct avo_slice bytes, struct avo_quote *quote, struct avo_reason *reason) {
    struct avo_reader reader = avo_reader(bytes);
    memset(quote, 0, sizeof *quote);
    enum avo_error error = read_header(&reader, quote, reason);
    if (error == AVO_OK) {
        error = derive_body_type(&reader, quote, reason);
    }
    if (error == AVO_OK) {
        error = read_body(&reader, quote, reason);
    }
    if (error != AVO_OK) {
        return error;
    }
    quote->signed_bytes = avo_slice_part(bytes, 0, bytes.length - reader.left);
    struct avo_slice signature_data = avo_read_slice(&reader, avo_read_u32(&reader));
    if (reader.failed) {
        return avo_reason_set(reason, AVO_EFORMAT, "quote signature data: longer than the file; get the quote again");
    }
    error = quote->version == 3 ? avo_quote_v3_signature(signature_data, quote, reason)
                                : avo_quote_v4_signature(signature_data, quote, reason);
    return error != AVO_OK ? error : check_tail(avo_read_slice(&reader, reader.left), quote, reason);
}
