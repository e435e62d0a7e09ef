/* Any text as a policy: what is accepted accepts something, and a refusal says where and why. */
#include "attest/policy/policy.h"
#include "base/assert.h"
#include "base/limits.h"
#include <openssl/err.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct avo_policy policy;
    struct avo_reason reason = {""};
    uint32_t rule_count = 0;
    if (avo_policy_parse(avo_slice(data, size), "policy", &policy, &reason) != AVO_OK) {
        AVO_ASSERT(strncmp(reason.text, "policy:", 7) == 0);
        ERR_clear_error();
        return 0;
    }
    for (unsigned role = 0; role < AVO_ATTESTED_ROLE_COUNT; role++) {
        AVO_ASSERT(policy.role[role].rule_count <= AVO_POLICY_RULES_MAX);
        rule_count += policy.role[role].rule_count;
    }
    AVO_ASSERT(rule_count > 0 && policy.tcb_statuses != 0 && (policy.tcb_statuses >> AVO_TCB_REVOKED & 1) == 0);
    AVO_ASSERT(!policy.allow_simulated_root || policy.simulated_root[0] != '\0');
    for (uint32_t i = 0; i < policy.las.machine_count; i++) {
        AVO_ASSERT(policy.cluster.given && policy.las.machine[i].slots != 0 &&
                   policy.las.machine[i].slots >> AVO_SLOT_MAX_COUNT == 0); /* one that is added later may be pinned, too */
    }
    return 0;
}
