#include "attest/policy/policy.h"

const char *avo_attested_role_name(enum avo_attested_role role) {
    static const char *const names[] = {"node", "cas", "las", "any"};
    return (unsigned)role < AVO_COUNT(names) ? names[role] : "any";
}
