#include "attest/dcap/tcb_info.h"
#include <stdio.h>
#include <string.h>

/* Version 3: a list of exactly 16 {"svn": n}. */
static void read_components(struct avo_json *json, const json_t *tcb, const char *key, uint8_t out[16]) {
    const json_t *list = avo_json_member(json, tcb, key, JSON_ARRAY);
    if (json->error == AVO_OK && json_array_size(list) != 16) {
        avo_json_fail(json, key, "does not have 16 components"); /* never compared over the shorter list */
    }
    for (size_t i = 0; i < 16 && json->error == AVO_OK; i++) {
        out[i] = (uint8_t)avo_json_number(json, json_array_get(list, i), "svn", 255);
    }
}

/* Version 2: sgxtcbcomp01svn .. sgxtcbcomp16svn. */
static void read_components_v2(struct avo_json *json, const json_t *tcb, uint8_t out[16]) {
    for (unsigned i = 0; i < 16; i++) {
        char key[24];
        (void)snprintf(key, sizeof key, "sgxtcbcomp%02usvn", i + 1);
        out[i] = (uint8_t)avo_json_number(json, tcb, key, 255);
    }
}

static int compare_levels(const struct avo_tcb_level *a, const struct avo_tcb_level *b) {
    int order = memcmp(a->sgx, b->sgx, sizeof a->sgx);
    order = order != 0 ? order : memcmp(a->tdx, b->tdx, sizeof a->tdx);
    return order != 0 ? order : (int)a->pce_svn - (int)b->pce_svn;
}

static void insert_descending(struct avo_tcb_info *info, const struct avo_tcb_level *level) {
    uint32_t at = info->level_count++;
    for (; at > 0 && compare_levels(&info->level[at - 1], level) < 0; at--) {
        info->level[at] = info->level[at - 1];
    }
    info->level[at] = *level;
}

static void read_level(struct avo_json *json, const json_t *item, struct avo_tcb_info *info) {
    struct avo_tcb_level level = {0};
    const json_t *tcb = avo_json_member(json, item, "tcb", JSON_OBJECT);
    if (info->version == 2) {
        read_components_v2(json, tcb, level.sgx);
    } else {
        read_components(json, tcb, "sgxtcbcomponents", level.sgx);
    }
    if (info->tdx) {
        read_components(json, tcb, "tdxtcbcomponents", level.tdx);
    }
    level.pce_svn = (uint16_t)avo_json_number(json, tcb, "pcesvn", UINT16_MAX);
    level.status = avo_level_status_parse(json, item, &level.advisories);
    insert_descending(info, &level);
}

static void read_levels(struct avo_json *json, const json_t *root, struct avo_tcb_info *info) {
    const json_t *list = avo_json_member(json, root, "tcbLevels", JSON_ARRAY);
    size_t count = json_array_size(list);
    if (json->error == AVO_OK && (count == 0 || count > AVO_TCB_LEVELS_MAX)) {
        avo_json_fail(json, "tcbLevels", "is empty or too long");
    }
    for (size_t i = 0; i < count && json->error == AVO_OK; i++) {
        read_level(json, json_array_get(list, i), info);
    }
}

static struct avo_tdx_module *read_module(struct avo_json *json, const json_t *item, struct avo_tcb_info *info) {
    struct avo_tdx_module *module = &info->module[info->module_count++];
    avo_json_hex(json, item, "mrsigner", module->mr_signer, sizeof module->mr_signer);
    avo_json_hex(json, item, "attributes", module->attributes, sizeof module->attributes);
    avo_json_hex(json, item, "attributesMask", module->attributes_mask, sizeof module->attributes_mask);
    return module;
}

/* The id is "TDX_" and two hex digits in either case. */
static uint8_t module_version(struct avo_json *json, const json_t *item) {
    uint8_t version = 0;
    const char *id = avo_json_string(json, item, "id");
    bool named = strlen(id) == 6 && strncasecmp(id, "TDX_", 4) == 0 && avo_hex_decode(avo_slice(id + 4, 2), &version, 1);
    if (json->error == AVO_OK && (!named || version == 0)) {
        avo_json_fail(json, "id", "of a TDX module is not TDX_01 to TDX_FF");
    }
    return version;
}

static void read_modules(struct avo_json *json, const json_t *root, struct avo_tcb_info *info) {
    (void)read_module(json, avo_json_member(json, root, "tdxModule", JSON_OBJECT), info);
    const json_t *list = json_object_get(root, "tdxModuleIdentities");
    if (json->error != AVO_OK || list == NULL) {
        return;
    }
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > AVO_TDX_MODULES_MAX - 1) {
        avo_json_fail(json, "tdxModuleIdentities", "is not a list or too long");
        return;
    }
    for (size_t i = 0; i < count && json->error == AVO_OK; i++) {
        const json_t *item = json_array_get(list, i);
        struct avo_tdx_module *module = read_module(json, item, info);
        module->version = module_version(json, item);
        const json_t *levels = avo_json_member(json, item, "tcbLevels", JSON_ARRAY);
        module->level_count = avo_svn_levels_parse(json, levels, module->level, AVO_MODULE_LEVELS_MAX);
    }
}

static void read_head(struct avo_json *json, const json_t *root, struct avo_tcb_info *info) {
    info->version = avo_json_number(json, root, "version", UINT32_MAX);
    if (json->error == AVO_OK && info->version != 2 && info->version != 3) {
        avo_json_fail(json, "version", "is neither 2 nor 3");
    }
    if (info->version == 3) {
        const char *id = avo_json_string(json, root, "id");
        info->tdx = strcmp(id, "TDX") == 0;
        if (json->error == AVO_OK && !info->tdx && strcmp(id, "SGX") != 0) {
            avo_json_fail(json, "id", "is neither SGX nor TDX");
        }
    }
    info->issue_date_s = avo_json_date(json, root, "issueDate");
    info->next_update_s = avo_json_date(json, root, "nextUpdate");
    avo_json_hex(json, root, "fmspc", info->fmspc, sizeof info->fmspc);
    avo_json_hex(json, root, "pceId", info->pce_id, sizeof info->pce_id);
    uint32_t type = avo_json_number(json, root, "tcbType", UINT32_MAX);
    if (json->error == AVO_OK && type != 0) {
        avo_json_fail(json, "tcbType", "is not 0, the only way of comparing that is known");
    }
    info->evaluation_number = avo_json_number(json, root, "tcbEvaluationDataNumber", UINT32_MAX);
}

enum avo_error avo_tcb_info_parse(struct avo_slice object, struct avo_tcb_info *info, struct avo_reason *reason) {
    memset(info, 0, sizeof *info);
    struct avo_json json = {"TCB info", reason, AVO_OK};
    info->document = avo_json_load(&json, object);
    if (json.error == AVO_OK && !json_is_object(info->document)) {
        avo_json_fail(&json, "tcbInfo", "is not an object");
    }
    read_head(&json, info->document, info);
    if (info->tdx) {
        read_modules(&json, info->document, info);
    }
    read_levels(&json, info->document, info);
    return json.error;
}

void avo_tcb_info_free(struct avo_tcb_info *info) {
    json_decref(info->document);
    info->document = NULL;
}
