#include "attest/dcap/tcb_info.h"
#include "attest/x509/clock.h"
#include <string.h>

enum avo_tcb_status avo_level_status_parse(struct avo_json *json, const json_t *level, const json_t **advisories) {
    enum avo_tcb_status status = AVO_TCB_NOT_SUPPORTED;
    const char *name = avo_json_string(json, level, "tcbStatus");
    if (json->error == AVO_OK && !avo_tcb_status_parse(name, &status)) {
        avo_json_fail(json, "tcbStatus", "is a status this verifier does not know");
    }
    (void)avo_json_date(json, level, "tcbDate");
    *advisories = NULL;
    if (json->error == AVO_OK && json_object_get(level, "advisoryIDs") != NULL) {
        *advisories = avo_json_member(json, level, "advisoryIDs", JSON_ARRAY);
    }
    for (size_t i = 0; i < json_array_size(*advisories); i++) {
        if (!json_is_string(json_array_get(*advisories, i))) {
            avo_json_fail(json, "advisoryIDs", "is not a list of strings");
        }
    }
    return json->error == AVO_OK ? status : AVO_TCB_NOT_SUPPORTED;
}

static void insert_descending(struct avo_svn_level *levels, uint32_t count, struct avo_svn_level level) {
    uint32_t at = count;
    for (; at > 0 && levels[at - 1].isv_svn < level.isv_svn; at--) {
        levels[at] = levels[at - 1];
    }
    levels[at] = level;
}

uint32_t avo_svn_levels_parse(struct avo_json *json, const json_t *array, struct avo_svn_level *levels, uint32_t capacity) {
    size_t count = json_array_size(array);
    if (json->error == AVO_OK && (count == 0 || count > capacity)) {
        avo_json_fail(json, "tcbLevels", "is empty or too long");
    }
    for (size_t i = 0; i < count && json->error == AVO_OK; i++) {
        const json_t *item = json_array_get(array, i);
        const json_t *tcb = avo_json_member(json, item, "tcb", JSON_OBJECT);
        struct avo_svn_level level = {0};
        level.isv_svn = (uint16_t)avo_json_number(json, tcb, "isvsvn", UINT16_MAX);
        level.status = avo_level_status_parse(json, item, &level.advisories);
        insert_descending(levels, (uint32_t)i, level);
    }
    return json->error == AVO_OK ? (uint32_t)count : 0;
}

const struct avo_svn_level *avo_svn_level_find(const struct avo_svn_level *levels, uint32_t count, uint32_t svn) {
    for (uint32_t i = 0; i < count; i++) {
        if (levels[i].isv_svn <= svn) {
            return &levels[i];
        }
    }
    return NULL;
}
