/* A LAS asks to be believed [DESIGN 11.3]: its vendor's evidence for role las, bound to this connection and to its signing key,
 * must be accepted by the policy, and its chip must be that of a machine the policy names. It may vouch for as long as the
 * connection lasts; another start of the same machine's LAS takes its place; and it is asked for evidence again, since collateral
 * changes. */
#include "cas/state.h"
#include "protocol/control/voucher.h"

static enum avo_error check_machine(const struct avo_cas *cas, const struct avo_attested *attested, uint8_t *machine,
                                    struct avo_text *reason) {
    *machine = avo_cas_policy_machine(&cas->policy, attested);
    if (*machine != AVO_CAS_NO_MACHINE) {
        return AVO_OK;
    }
    avo_text_add_string(reason, "its chip ");
    avo_text_add_hex(reason, avo_slice(attested->chip.bytes, attested->chip.length));
    avo_text_add_string(reason, " is no machine of the policy: add it to las.machines if it is yours, or start the LAS on one");
    return AVO_EDENIED;
}

static enum avo_error judge(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_las_request *request,
                            struct avo_attested *attested, uint8_t *machine, struct avo_text *reason) {
    struct avo_binding binding =
        avo_cas_binding(cas, event->connection, request->tee, AVO_ATTESTED_ROLE_LAS); /* the nonce is used up by now */
    avo_las_configuration_hash(request->sign_public, binding.configuration_hash);
    enum avo_error error = avo_cas_verify(cas, event, &binding, request->evidence, attested, reason);
    return error == AVO_OK ? check_machine(cas, attested, machine, reason) : error;
}

static void name_las(struct avo_text *text, const uint8_t hash[AVO_HASH_BYTES]) {
    avo_text_add_string(text, "LAS ");
    avo_text_add_hex(text, avo_slice(hash, AVO_CAS_LAS_NAME_BYTES));
}

static void register_las(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_las_request *request,
                         const struct avo_attested *attested, uint8_t machine) {
    struct avo_cas_las *las = &cas->las[machine];
    uint32_t earlier = las->connection;
    *las = (struct avo_cas_las){.connection = event->connection, .simulated = attested->simulated, .ends_s = attested->ends_s};
    avo_copy(las->sign_public, sizeof las->sign_public, AVO_SLICE_OF(request->sign_public));
    avo_las_hash(las->sign_public, las->hash);
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    peer->peer = AVO_CAS_PEER_LAS;
    peer->deadline_us = UINT64_MAX;
    peer->renew_us = event->now_us + AVO_CAS_LAS_RENEW_US;
    struct avo_text line = {0};
    name_las(&line, las->hash);
    avo_text_add_string(&line, ": verified by its CPU's vendor; it vouches for machine ");
    avo_text_add_string(&line, cas->policy.machines[machine].name);
    avo_cas_log(cas, &line);
    if (earlier != AVO_CAS_NOBODY && earlier != event->connection) {
        avo_cas_refuse_string(cas, earlier, AVO_ESTALE,
                              "another start of this machine's LAS took its place: one runs a machine: stop one of them");
        avo_cas_close(cas, earlier, "another start of its machine's LAS took its place");
    }
}

/* To a LAS, AVO_ESTALE says that another start took its place, and ends it; collateral that expired is no reason to end. */
static void refuse(struct avo_cas *cas, uint32_t connection, enum avo_error error, const struct avo_text *reason) {
    struct avo_text line = {0};
    error = error == AVO_ESTALE ? AVO_EDENIED : error;
    avo_text_add_string(&line, "LAS: ");
    avo_text_add(&line, avo_slice(reason->bytes, reason->length));
    avo_cas_refuse(cas, connection, error, &line);
    avo_cas_warn_seldom(cas, &line, "a LAS was refused");
    avo_cas_close(cas, connection, "its LAS was refused");
}

void avo_cas_on_las(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    struct avo_las_request request;
    struct avo_attested attested = {0};
    struct avo_text reason = {0};
    uint8_t machine = AVO_CAS_NO_MACHINE;
    if (!peer->nonce_live || avo_las_request_read(message, &request) != AVO_OK) {
        avo_cas_close(cas, event->connection, "a LAS's request that is malformed or out of turn");
        return;
    }
    peer->nonce_live = false;
    if (cas->phase == AVO_CAS_NO_POLICY) {
        peer->peer = AVO_CAS_PEER_LAS_WAITING;
        peer->deadline_us = event->now_us + AVO_CAS_WAIT_TIMEOUT_US;
        avo_cas_send_empty(cas, event->connection, AVO_CONTROL_WAIT);
        return;
    }
    enum avo_error error = judge(cas, event, &request, &attested, &machine, &reason);
    if (error != AVO_OK) {
        refuse(cas, event->connection, error, &reason);
        return;
    }
    avo_cas_las_forget(cas, event->connection); /* had its platform changed, it would be another machine's */
    register_las(cas, event, &request, &attested, machine);
    avo_cas_send_empty(cas, event->connection, AVO_CONTROL_LAS_REGISTERED);
}
