/* Every connection is taken and somebody waits: of those that have proven nothing, the one that came first makes room. Strangers
 * can then keep out no peer that needs less time than they need to fill the table again. Enclaves that joined, registered LASes,
 * and the owner and users of the policy stay. */
#include "cas/state.h"

static bool is_stranger(const struct avo_cas *cas, uint32_t connection) {
    const struct avo_cas_connection *peer = &cas->connections[connection];
    switch (peer->peer) {
    case AVO_CAS_PEER_CLOSED:
    case AVO_CAS_PEER_ENCLAVE:
    case AVO_CAS_PEER_MEMBER:
    case AVO_CAS_PEER_LAS:
        return false;
    case AVO_CAS_PEER_WAITING:
    case AVO_CAS_PEER_LAS_WAITING:
        return true;
    case AVO_CAS_PEER_OPEN:
    case AVO_CAS_PEER_USER:
        break;
    }
    return !peer->stream.proven || cas->phase == AVO_CAS_NO_POLICY ||
           !avo_cas_policy_knows(&cas->policy, avo_cas_proven_key(cas, connection));
}

void avo_cas_on_crowded(struct avo_cas *cas) {
    uint32_t first = AVO_CAS_NOBODY;
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        if (is_stranger(cas, i) && (first == AVO_CAS_NOBODY || cas->connections[i].arrival < cas->connections[first].arrival)) {
            first = i;
        }
    }
    if (first != AVO_CAS_NOBODY) {
        avo_cas_close(cas, first, "all connections were taken, and it had proven nothing for the longest time");
    }
}
