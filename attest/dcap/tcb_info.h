/* Intel's TCB info: which component versions of a CPU family have which status. Internal to attest/. */
#ifndef AVO_ATTEST_DCAP_TCB_INFO_H
#define AVO_ATTEST_DCAP_TCB_INFO_H

#include "attest/verify/json.h"
#include "attest/verify/tcb_status.h"

#define AVO_TCB_LEVELS_MAX 64
#define AVO_TDX_MODULES_MAX 16
#define AVO_MODULE_LEVELS_MAX 16

struct avo_tcb_level {
    uint8_t sgx[16];
    uint8_t tdx[16];
    uint16_t pce_svn;
    enum avo_tcb_status status;
    const json_t *advisories; /* array of strings, borrowed from the document; NULL for none */
};

/* A level of an enclave (quoting enclave, TDX module): by ISVSVN alone. */
struct avo_svn_level {
    uint16_t isv_svn;
    enum avo_tcb_status status;
    const json_t *advisories;
};

struct avo_tdx_module {
    uint8_t version; /* from the id "TDX_%02X"; 0 for the tdxModule member */
    uint8_t mr_signer[48];
    uint8_t attributes[8];
    uint8_t attributes_mask[8];
    struct avo_svn_level level[AVO_MODULE_LEVELS_MAX]; /* descending */
    uint32_t level_count;
};

struct avo_tcb_info {
    uint32_t version; /* 2 or 3 */
    bool tdx;
    int64_t issue_date_s, next_update_s;
    uint8_t fmspc[6];
    uint8_t pce_id[2];
    uint32_t evaluation_number;
    struct avo_tdx_module module[AVO_TDX_MODULES_MAX]; /* module[0] is the tdxModule member */
    uint32_t module_count;
    struct avo_tcb_level level[AVO_TCB_LEVELS_MAX]; /* descending by components, then PCE SVN */
    uint32_t level_count;
    json_t *document; /* owned: what the levels borrow from */
};

/* Parses the signed object. To be freed in any case. */
AVO_MUST_USE enum avo_error avo_tcb_info_parse(struct avo_slice object, struct avo_tcb_info *info, struct avo_reason *reason);
void avo_tcb_info_free(struct avo_tcb_info *info);

/* Levels of `array` in descending order of ISVSVN; shared with the QE identity. */
uint32_t avo_svn_levels_parse(struct avo_json *json, const json_t *array, struct avo_svn_level *levels, uint32_t capacity);
/* The status and advisories members every level has. */
enum avo_tcb_status avo_level_status_parse(struct avo_json *json, const json_t *level, const json_t **advisories);
/* The first level with isv_svn <= svn; NULL for none. */
const struct avo_svn_level *avo_svn_level_find(const struct avo_svn_level *levels, uint32_t count, uint32_t svn);

#endif
