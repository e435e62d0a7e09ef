#include "attest/policy/policy.h"

const char *avo_attested_role_name(enum avo_attested_role role) {
    static const char *const names[] = {"any", "cas", "node", "las"};
    return (unsigned)role < AVO_COUNT(names) ? names[role] : "any";
}
