#include "cli/base/policy_node.h"
#include "cli/base/measure.h"
#include "client/dialog/dialog.h"
#include "client/io/file.h"
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_listed(const json_t *policy, const char *hex) {
    const json_t *rules = json_object_get(json_object_get(json_object_get(policy, "roles"), "node"), "accept");
    const json_t *rule;
    size_t i;
    json_array_foreach(rules, i, rule) {
        const json_t *measurement = json_object_get(rule, "measurement");
        if (!json_is_string(measurement) || strcasecmp(json_string_value(measurement), hex) == 0) {
            return true;
        }
    }
    return false;
}

bool avo_policy_takes_node(const char *path, const char *program, const char *command, struct avo_why *why) {
    char hex[AVO_TEE_MEASURE_HEX_BYTES];
    struct avo_buffer text;
    if (avo_cli_measure_file(program, hex, why) != AVO_OK) {
        return false;
    }
    if (!avo_file_take(path, AVO_POLICY_MAX_BYTES, &text)) {
        avo_why_set(why, "%s: %.200s: %s; give the --dir that has it", command, path, strerror(errno));
        return false;
    }
    json_t *policy = json_loadb((const char *)text.data, text.length, 0, NULL);
    bool listed = is_listed(policy, hex);
    json_decref(policy);
    free(text.data);
    if (!listed) {
        avo_why_set(why, "%s: %.120s measures %s, which the policy accepts for no node; start the build that it lists", command,
                    program, hex);
    }
    return listed;
}

bool avo_policy_is_of_view(const char *path, const struct avo_view *view, const char *command, struct avo_why *why) {
    uint8_t hash[AVO_HASH_BYTES] = {0};
    struct avo_buffer text;
    bool read = avo_file_take(path, AVO_POLICY_MAX_BYTES, &text);
    if (read) {
        crypto_hash_sha256(hash, text.data, text.length);
        free(text.data);
    }
    if (!read || memcmp(hash, view->policy_hash, sizeof hash) != 0) {
        avo_why_set(why,
                    "%s: %.200s is not the policy that the cluster runs under, and the CAS judges by that one; put it back there",
                    command, path);
        return false;
    }
    return true;
}
