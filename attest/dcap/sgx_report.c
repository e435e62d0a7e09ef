#include "attest/verify/evidence.h"
#include "base/cursor.h"
#include <string.h>

enum avo_error avo_sgx_report_parse(struct avo_slice bytes, struct avo_sgx_report *report) {
    struct avo_reader reader = avo_reader(bytes);
    avo_read_bytes(&reader, report->cpu_svn, sizeof report->cpu_svn);
    report->misc_select = avo_read_u32(&reader);
    (void)avo_read_slice(&reader, 12);
    avo_read_bytes(&reader, report->isv_ext_product_id, sizeof report->isv_ext_product_id);
    report->flags = avo_read_u64(&reader);
    report->xfrm = avo_read_u64(&reader);
    avo_read_bytes(&reader, report->mr_enclave, sizeof report->mr_enclave);
    (void)avo_read_slice(&reader, 32);
    avo_read_bytes(&reader, report->mr_signer, sizeof report->mr_signer);
    (void)avo_read_slice(&reader, 32);
    avo_read_bytes(&reader, report->config_id, sizeof report->config_id);
    report->isv_product_id = avo_read_u16(&reader);
    report->isv_svn = avo_read_u16(&reader);
    report->config_svn = avo_read_u16(&reader);
    (void)avo_read_slice(&reader, 42);
    avo_read_bytes(&reader, report->isv_family_id, sizeof report->isv_family_id);
    avo_read_bytes(&reader, report->report_data, sizeof report->report_data);
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}

void avo_sgx_report_encode(const struct avo_sgx_report *report, uint8_t out[AVO_SGX_REPORT_BYTES]) {
    static const uint8_t zeros[42];
    struct avo_writer writer = avo_writer(out, AVO_SGX_REPORT_BYTES);
    avo_write_bytes(&writer, report->cpu_svn, sizeof report->cpu_svn);
    avo_write_u32(&writer, report->misc_select);
    avo_write_bytes(&writer, zeros, 12);
    avo_write_bytes(&writer, report->isv_ext_product_id, sizeof report->isv_ext_product_id);
    avo_write_u64(&writer, report->flags);
    avo_write_u64(&writer, report->xfrm);
    avo_write_bytes(&writer, report->mr_enclave, sizeof report->mr_enclave);
    avo_write_bytes(&writer, zeros, 32);
    avo_write_bytes(&writer, report->mr_signer, sizeof report->mr_signer);
    avo_write_bytes(&writer, zeros, 32);
    avo_write_bytes(&writer, report->config_id, sizeof report->config_id);
    avo_write_u16(&writer, report->isv_product_id);
    avo_write_u16(&writer, report->isv_svn);
    avo_write_u16(&writer, report->config_svn);
    avo_write_bytes(&writer, zeros, 42);
    avo_write_bytes(&writer, report->isv_family_id, sizeof report->isv_family_id);
    avo_write_bytes(&writer, report->report_data, sizeof report->report_data);
}
