/* Every connection is taken and somebody waits: of those that have proven nothing, the one that came first makes room. Strangers
 * can then keep out no peer that needs less time than they need to fill the table again. Where there are none, the first of the
 * user makes room that has most. Enclaves that joined, registered LASes and the owner stay. */
#include "base/secret.h"
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

static bool is_users(const struct avo_cas *cas, uint32_t connection) {
    const struct avo_cas_connection *peer = &cas->connections[connection];
    return peer->stream.proven && (peer->peer == AVO_CAS_PEER_OPEN || peer->peer == AVO_CAS_PEER_USER);
}

/* The first connection of the key that has proven itself on `connection`, and in `count` how many it has. */
static uint32_t first_of_key(const struct avo_cas *cas, uint32_t connection, uint32_t *count) {
    uint32_t first = connection;
    *count = 0;
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        if (is_users(cas, i) &&
            avo_secret_equal(avo_cas_proven_key(cas, i), avo_cas_proven_key(cas, connection), AVO_PUBLIC_KEY_BYTES)) {
            (*count)++;
            first = cas->connections[i].arrival < cas->connections[first].arrival ? i : first;
        }
    }
    return first;
}

void avo_cas_bound_share(struct avo_cas *cas, uint32_t connection) {
    uint32_t count;
    uint32_t first = first_of_key(cas, connection, &count);
    if (count > AVO_CAS_USER_CONNECTION_MAX_COUNT && first != connection) {
        avo_cas_close(cas, first, "its user opened too many connections");
    }
}

/* The owner is not one of them: it is who can end a crowd. */
static uint32_t first_of_greediest(const struct avo_cas *cas) {
    uint32_t found = AVO_CAS_NOBODY, most = 0, count;
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        if (is_users(cas, i) && !avo_cas_policy_is_owner(&cas->policy, avo_cas_proven_key(cas, i))) {
            uint32_t first = first_of_key(cas, i, &count);
            found = count > most ? first : found;
            most = count > most ? count : most;
        }
    }
    return found;
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
        return;
    }
    first = first_of_greediest(cas);
    if (first != AVO_CAS_NOBODY) {
        avo_cas_close(cas, first, "all connections were taken, and its user had the most");
    }
}
