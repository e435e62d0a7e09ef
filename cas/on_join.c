/* An enclave asks to be a member. Its evidence must be bound to this connection's nonce, handshake and key and to this CAS
 * [DESIGN 11.2], and be accepted by the policy; its slot must be free, and pinned to where it runs if it is pinned [DESIGN 11.3]. A
 * nonce is good for one JOIN. */
#include "base/secret.h"
#include "cas/state.h"

/* The enclave of this slot comes again, before view 1 is out: its connection broke, which the CAS may not have seen yet. */
static bool holds_slot(const struct avo_cas *cas, uint32_t connection, uint8_t slot) {
    return cas->phase != AVO_CAS_FORMED && slot < cas->policy.slot_count && cas->slots[slot].connection != AVO_CAS_NOBODY &&
           avo_secret_equal(cas->slots[slot].member.channel_public_key, avo_cas_proven_key(cas, connection), AVO_PUBLIC_KEY_BYTES);
}

static enum avo_error check_slot(const struct avo_cas *cas, const struct avo_join_request *request, struct avo_text *reason) {
    if (cas->phase == AVO_CAS_SIGNING) {
        avo_text_add_string(reason, "view 1 is being written: wait");
        return AVO_EBUSY;
    }
    if (cas->phase == AVO_CAS_FORMED) {
        return avo_cas_check_rejoin(cas, request->slot, reason);
    }
    if (request->slot >= cas->policy.slot_count) {
        avo_text_add_count(reason, "the policy has slots 0 to ", cas->policy.slot_count - 1U,
                           ": raise cluster.nodes or start another slot");
        return AVO_EDENIED;
    }
    if (cas->slots[request->slot].connection != AVO_CAS_NOBODY) {
        avo_text_add_string(reason, "taken by an enclave that joined before: stop that one first, or start another slot");
        return AVO_EBUSY; /* its connection may be dead, and only not known to be yet */
    }
    return AVO_OK;
}

/* No key names two incarnations [DESIGN 7]: one that was admitted, and missed that view, comes with another key. */
static enum avo_error check_key(const struct avo_cas *cas, uint32_t connection, struct avo_text *reason) {
    if (cas->phase != AVO_CAS_FORMED || avo_cas_slot_of_key(cas, avo_cas_proven_key(cas, connection)) == AVO_CAS_NO_SLOT) {
        return AVO_OK;
    }
    avo_text_add_string(reason, "its key names an incarnation that a newer view left behind: it tries again with another one");
    return AVO_EBUSY;
}

static enum avo_error check_limits(const struct avo_cas *cas, const struct avo_join_request *request, struct avo_text *reason) {
    if (request->worker_count != cas->policy.worker_count) {
        avo_text_add_count(reason, "runs ", request->worker_count, " workers, ");
        avo_text_add_count(reason, "the policy says ", cas->policy.worker_count, ": start it with that many");
        return AVO_EDENIED;
    }
    if (request->address.port == 0 ||
        request->address.port + request->worker_count > UINT16_MAX + 1U) { /* else no view could say it */
        avo_text_add_count(reason, "its port ", request->address.port,
                           " leaves no room for one port a worker: choose a lower --port");
        return AVO_EDENIED;
    }
    if (request->datagram_max_bytes < (uint32_t)cas->policy.mtu_bytes - AVO_UDP_OVERHEAD_BYTES) {
        avo_text_add_count(reason, "its rings carry ", request->datagram_max_bytes, " bytes a datagram, too few ");
        avo_text_add_count(reason, "for mtu ", cas->policy.mtu_bytes,
                           " of the policy: start it with larger rings or lower cluster.mtu");
        return AVO_EDENIED;
    }
    return avo_cas_check_wire(cas, request->slot, request->wire_highest, reason);
}

/* No two members share a key or an address. */
static enum avo_error check_distinct(const struct avo_cas *cas, const uint8_t *key, const struct avo_join_request *request,
                                     struct avo_text *reason) {
    for (uint8_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        const struct avo_member *other = avo_cas_other(cas, request->slot, i);
        if (other == NULL) {
            continue;
        }
        bool same_key = avo_secret_equal(other->channel_public_key, key, AVO_PUBLIC_KEY_BYTES);
        bool same_ip = avo_slice_equal(AVO_SLICE_OF(other->address.ip), AVO_SLICE_OF(request->address.ip));
        if (same_key || (same_ip && other->address.port == request->address.port)) {
            avo_text_add_count(reason, same_key ? "has the key of slot " : "has the address of slot ", i,
                               ": give each slot its own");
            return AVO_EDENIED;
        }
    }
    return AVO_OK;
}

/* Who answers for the platform: the vendor, or the LAS of a machine, which `machine` then names. */
static enum avo_error check_evidence(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_join_request *request,
                                     struct avo_attested *attested, uint8_t *machine, struct avo_text *reason) {
    struct avo_binding binding = avo_cas_binding(cas, event->connection, request->tee, AVO_ATTESTED_ROLE_NODE);
    avo_copy(binding.configuration_hash, sizeof binding.configuration_hash, AVO_SLICE_OF(request->configuration_hash));
    if (request->kind == AVO_EVIDENCE_BY_LAS) {
        return avo_cas_verify_voucher(cas, &binding, request->evidence, attested, machine, reason);
    }
    if (cas->policy.las_required) {
        avo_text_add_string(reason, "evidence: the policy wants a LAS's voucher, not a quote (las.required): start avocado-las on "
                                    "its machine, and the node with --las");
        return AVO_EDENIED;
    }
    enum avo_error error = avo_cas_verify(cas, event, &binding, request->evidence, attested, reason);
    *machine = error == AVO_OK ? avo_cas_policy_machine(&cas->policy, attested) : AVO_CAS_NO_MACHINE;
    return error;
}

static const char *machine_name(const struct avo_cas *cas, uint8_t machine) {
    return machine == AVO_CAS_NO_MACHINE ? "(none of las.machines)" : cas->policy.machines[machine].name;
}

/* A slot that the policy pins to a machine takes nothing from another one; a LAS vouches for the slots of its machine only. */
static enum avo_error check_pin(const struct avo_cas *cas, const struct avo_join_request *request, uint8_t machine,
                                struct avo_text *reason) {
    uint8_t pinned = cas->policy.slot_machine[request->slot];
    if (pinned == machine || (pinned == AVO_CAS_NO_MACHINE && request->kind == AVO_EVIDENCE_BY_VENDOR)) {
        return AVO_OK;
    }
    if (pinned == AVO_CAS_NO_MACHINE) {
        avo_text_add_string(reason, "the policy lets no LAS vouch for it, and that of machine ");
        avo_text_add_string(reason, machine_name(cas, machine));
        avo_text_add_string(reason, " did: add the slot to las.machines");
    } else {
        avo_text_add_string(reason, "the policy pins it to machine ");
        avo_text_add_string(reason, machine_name(cas, pinned));
        avo_text_add_string(reason, ", but it runs on machine ");
        avo_text_add_string(reason, machine_name(cas, machine));
        avo_text_add_string(reason, ": start it on its own, or change las.machines");
    }
    return AVO_EDENIED;
}

static void admit(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_join_request *request,
                  const struct avo_attested *attested, uint8_t machine) {
    struct avo_member member = {.slot = request->slot,
                                .role = AVO_ROLE_VOTING,
                                .incarnation = 1, /* the epoch that admits it; a joiner's is known when its view is */
                                .address = request->address,
                                .tee = (enum avo_tee)attested->tee,
                                .simulated = attested->simulated,
                                .wire_highest = request->wire_highest};
    struct avo_slice key = avo_slice(avo_cas_proven_key(cas, event->connection), AVO_PUBLIC_KEY_BYTES);
    avo_copy(member.channel_public_key, sizeof member.channel_public_key, key);
    avo_copy(member.measurement, sizeof member.measurement, AVO_SLICE_OF(attested->measurement));
    if (request->kind == AVO_EVIDENCE_BY_LAS) {
        avo_copy(member.las, sizeof member.las, AVO_SLICE_OF(cas->las[machine].hash));
    }
    if (cas->phase == AVO_CAS_FORMED) {
        cas->joiner = (struct avo_cas_joiner){event->connection, member};
    } else {
        uint32_t earlier = cas->slots[request->slot].connection;
        cas->slots[request->slot].member = member;
        cas->slots[request->slot].connection = event->connection;
        if (earlier != AVO_CAS_NOBODY && earlier != event->connection) {
            avo_cas_close(cas, earlier, "its enclave opened another connection");
        }
    }
    avo_text_clear(&cas->slots[request->slot].refusal);
    cas->connections[event->connection].peer = AVO_CAS_PEER_ENCLAVE;
    bool formed = cas->phase == AVO_CAS_FORMED; /* then it is admitted, or refused, soon; and speaks as a member */
    cas->connections[event->connection].deadline_us = formed ? event->now_us + AVO_CAS_IDLE_TIMEOUT_US : UINT64_MAX;
    struct avo_text line = {0};
    avo_text_add_count(&line, "slot ", request->slot,
                       cas->phase == AVO_CAS_FORMED ? ": joins, measurement " : ": joined, measurement ");
    avo_text_add_hex(&line, avo_slice(attested->measurement, 32));
    if (request->kind == AVO_EVIDENCE_BY_LAS) {
        avo_text_add_string(&line, ", vouched for by the LAS of machine ");
        avo_text_add_string(&line, machine_name(cas, machine));
    }
    avo_cas_log(cas, &line);
}

static void refuse(struct avo_cas *cas, uint32_t connection, uint8_t slot, enum avo_error error, const struct avo_text *reason) {
    struct avo_text line = {0};
    avo_text_add_count(&line, "slot ", slot, ": ");
    avo_text_add(&line, avo_slice(reason->bytes, reason->length));
    if (slot < AVO_SLOT_MAX_COUNT) {
        cas->slots[slot].refusal = line;
    }
    avo_cas_refuse(cas, connection, error, &line);
    avo_cas_warn_seldom(cas, &line, "a JOIN was refused");
    avo_cas_close(cas, connection, "its JOIN was refused");
}

/* The newest view was made to admit this very key: its JOINED was lost. */
static bool is_admitted(const struct avo_cas *cas, uint32_t connection, uint8_t slot) {
    return cas->phase == AVO_CAS_FORMED && slot < AVO_SLOT_MAX_COUNT && cas->members[slot].incarnation == cas->view.epoch &&
           avo_cas_slot_of_key(cas, avo_cas_proven_key(cas, connection)) == slot;
}

/* Evidence first: an enclave that cannot prove what it runs learns that, and nothing about the cluster. */
static enum avo_error judge(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_join_request *request,
                            struct avo_attested *attested, uint8_t *machine, struct avo_text *reason) {
    enum avo_error error = check_evidence(cas, event, request, attested, machine, reason);
    if (error == AVO_OK && is_admitted(cas, event->connection, request->slot)) {
        return AVO_OK;
    }
    if (error == AVO_OK) {
        error = check_key(cas, event->connection, reason);
    }
    if (error == AVO_OK) {
        error = holds_slot(cas, event->connection, request->slot) ? AVO_OK : check_slot(cas, request, reason);
    }
    if (error == AVO_OK) {
        error = check_pin(cas, request, *machine, reason);
    }
    if (error == AVO_OK) {
        error = check_limits(cas, request, reason);
    }
    return error == AVO_OK ? check_distinct(cas, avo_cas_proven_key(cas, event->connection), request, reason) : error;
}

void avo_cas_on_join(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    struct avo_join_request request;
    if (!peer->nonce_live || avo_join_request_read(message, &request) != AVO_OK) {
        avo_cas_close(cas, event->connection, "a JOIN that is malformed or out of turn");
        return;
    }
    peer->nonce_live = false;
    if (cas->phase == AVO_CAS_NO_POLICY) {
        peer->peer = AVO_CAS_PEER_WAITING;
        peer->deadline_us = event->now_us + AVO_CAS_WAIT_TIMEOUT_US;
        avo_cas_send_empty(cas, event->connection, AVO_CONTROL_WAIT);
        return;
    }
    struct avo_attested attested = {0};
    struct avo_text reason = {0};
    uint8_t machine = AVO_CAS_NO_MACHINE;
    enum avo_error error = judge(cas, event, &request, &attested, &machine, &reason);
    if (error != AVO_OK) {
        refuse(cas, event->connection, request.slot, error, &reason);
        return;
    }
    if (!is_admitted(cas, event->connection, request.slot)) {
        admit(cas, event, &request, &attested, machine);
    }
    avo_cas_send_empty(cas, event->connection, AVO_CONTROL_WAIT);
    if (is_admitted(cas, event->connection, request.slot)) { /* its JOINED was lost */
        peer->peer = AVO_CAS_PEER_ENCLAVE;
        peer->deadline_us = event->now_us + AVO_CAS_IDLE_TIMEOUT_US;
        avo_cas_send_joined(cas, event->connection);
    }
}
