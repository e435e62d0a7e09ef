#include "attest/dcap/qe_identity.h"
#include "base/cursor.h"
#include <string.h>

/* JSON hex is in memory order: read as the little-endian number it is in a report. */
static uint32_t hex_u32(struct avo_json *json, const json_t *root, const char *key) {
    uint8_t bytes[4];
    avo_json_hex(json, root, key, bytes, sizeof bytes);
    struct avo_reader reader = avo_reader(AVO_SLICE_OF(bytes));
    return avo_read_u32(&reader);
}

static void read_body(struct avo_json *json, const json_t *root, struct avo_qe_identity *identity) {
    const char *id = avo_json_string(json, root, "id");
    identity->tdx = strcmp(id, "TD_QE") == 0;
    if (json->error == AVO_OK && !identity->tdx && strcmp(id, "QE") != 0) {
        avo_json_fail(json, "id", "is neither QE nor TD_QE");
    }
    if (avo_json_number(json, root, "version", UINT32_MAX) != 2) {
        avo_json_fail(json, "version", "is not 2");
    }
    identity->issue_date_s = avo_json_date(json, root, "issueDate");
    identity->next_update_s = avo_json_date(json, root, "nextUpdate");
    identity->evaluation_number = avo_json_number(json, root, "tcbEvaluationDataNumber", UINT32_MAX);
    identity->misc_select = hex_u32(json, root, "miscselect");
    identity->misc_select_mask = hex_u32(json, root, "miscselectMask");
    avo_json_hex(json, root, "attributes", identity->attributes, sizeof identity->attributes);
    avo_json_hex(json, root, "attributesMask", identity->attributes_mask, sizeof identity->attributes_mask);
    avo_json_hex(json, root, "mrsigner", identity->mr_signer, sizeof identity->mr_signer);
    identity->isv_product_id = (uint16_t)avo_json_number(json, root, "isvprodid", UINT16_MAX);
    const json_t *levels = avo_json_member(json, root, "tcbLevels", JSON_ARRAY);
    identity->level_count = avo_svn_levels_parse(json, levels, identity->level, AVO_MODULE_LEVELS_MAX);
}

enum avo_error avo_qe_identity_parse(struct avo_slice object, struct avo_qe_identity *identity, struct avo_reason *reason) {
    memset(identity, 0, sizeof *identity);
    struct avo_json json = {"QE identity", reason, AVO_OK};
    identity->document = avo_json_load(&json, object);
    if (json.error == AVO_OK && !json_is_object(identity->document)) {
        avo_json_fail(&json, "enclaveIdentity", "is not an object");
    }
    read_body(&json, identity->document, identity);
    return json.error;
}

void avo_qe_identity_free(struct avo_qe_identity *identity) {
    json_decref(identity->document);
    identity->document = NULL;
}

static bool attributes_match(const struct avo_qe_identity *identity, const struct avo_sgx_report *report) {
    uint8_t actual[16];
    struct avo_writer writer = avo_writer(actual, sizeof actual);
    avo_write_u64(&writer, report->flags);
    avo_write_u64(&writer, report->xfrm);
    for (size_t i = 0; i < sizeof actual; i++) {
        uint8_t mask = identity->attributes_mask[i];
        if ((actual[i] & mask) != (identity->attributes[i] & mask)) {
            return false;
        }
    }
    return true;
}

enum avo_error avo_qe_identity_match(const struct avo_qe_identity *identity, const struct avo_sgx_report *report,
                                     const struct avo_svn_level **level, struct avo_reason *reason) {
    uint32_t mask = identity->misc_select_mask;
    const char *differs = NULL;
    if ((report->misc_select & mask) != (identity->misc_select & mask)) {
        differs = "MISCSELECT";
    } else if (!attributes_match(identity, report)) {
        differs = "ATTRIBUTES";
    } else if (memcmp(report->mr_signer, identity->mr_signer, sizeof report->mr_signer) != 0) {
        differs = "MRSIGNER";
    } else if (report->isv_product_id != identity->isv_product_id) {
        differs = "ISVPRODID";
    }
    if (differs != NULL) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "QE identity: %s of the quoting enclave is not the vendor's; do not trust this quote", differs);
    }
    *level = avo_svn_level_find(identity->level, identity->level_count, report->isv_svn);
    if (*level == NULL) {
        return avo_reason_set(reason, AVO_EDENIED,
                              "QE identity: ISVSVN %u is older than every level; have the platform update its "
                              "quoting enclave",
                              report->isv_svn);
    }
    return AVO_OK;
}
