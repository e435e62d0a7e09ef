/* An enclave asks to be a member. Its evidence must be bound to this connection's nonce, handshake and key and to this CAS
 * [DESIGN 11.2], and be accepted by the policy; its slot must be free. A nonce is good for one JOIN. */
#include "base/secret.h"
#include "cas/state.h"

static void say(struct avo_text *text, const char *before, uint64_t number, const char *after) {
    avo_text_add_string(text, before);
    avo_text_add_number(text, number);
    avo_text_add_string(text, after);
}

static enum avo_error check_slot(const struct avo_cas *cas, const struct avo_join_request *request, struct avo_text *reason) {
    if (cas->phase != AVO_CAS_GATHERING) {
        avo_text_add_string(reason,
                            "view 1 is approved: a new start joins a running cluster only in a later version: start a new one");
        return AVO_EDENIED;
    }
    if (request->slot >= cas->policy.slot_count) {
        say(reason, "the policy has slots 0 to ", cas->policy.slot_count - 1U, ": raise cluster.nodes or start another slot");
        return AVO_EDENIED;
    }
    if (cas->slots[request->slot].connection != AVO_CAS_NOBODY) {
        avo_text_add_string(reason, "taken by an enclave that joined before: stop that one first, or start another slot");
        return AVO_EDENIED;
    }
    return AVO_OK;
}

static enum avo_error check_limits(const struct avo_cas *cas, const struct avo_join_request *request, struct avo_text *reason) {
    if (request->worker_count != cas->policy.worker_count) {
        say(reason, "runs ", request->worker_count, " workers, ");
        say(reason, "the policy says ", cas->policy.worker_count, ": start it with that many");
        return AVO_EDENIED;
    }
    if (request->address.port == 0 ||
        request->address.port + request->worker_count > UINT16_MAX + 1U) { /* else no view could say it */
        say(reason, "its port ", request->address.port, " leaves no room for one port a worker: choose a lower --port");
        return AVO_EDENIED;
    }
    if (request->datagram_max_bytes < (uint32_t)cas->policy.mtu_bytes - AVO_UDP_OVERHEAD_BYTES) {
        say(reason, "its rings carry ", request->datagram_max_bytes, " bytes a datagram, too few ");
        say(reason, "for mtu ", cas->policy.mtu_bytes, " of the policy: start it with larger rings or lower cluster.mtu");
        return AVO_EDENIED;
    }
    return AVO_OK;
}

/* No two members share a key or an address. */
static enum avo_error check_distinct(const struct avo_cas *cas, const uint8_t *key, const struct avo_join_request *request,
                                     struct avo_text *reason) {
    for (uint8_t i = 0; i < cas->policy.slot_count; i++) {
        const struct avo_member *other = &cas->slots[i].member;
        if (cas->slots[i].connection == AVO_CAS_NOBODY) {
            continue;
        }
        bool same_key = avo_secret_equal(other->channel_public_key, key, AVO_PUBLIC_KEY_BYTES);
        bool same_ip = avo_slice_equal(AVO_SLICE_OF(other->address.ip), AVO_SLICE_OF(request->address.ip));
        if (same_key || (same_ip && other->address.port == request->address.port)) {
            say(reason, same_key ? "has the key of slot " : "has the address of slot ", i, ": give each slot its own");
            return AVO_EDENIED;
        }
    }
    return AVO_OK;
}

static enum avo_error check_evidence(struct avo_cas *cas, const struct avo_cas_event *event, const uint8_t nonce[AVO_NONCE32_BYTES],
                                     const struct avo_join_request *request, struct avo_attested *attested,
                                     struct avo_text *reason) {
    const struct avo_secure_stream *stream = &cas->connections[event->connection].stream;
    struct avo_binding binding = {.tee = request->tee, .role = AVO_EVIDENCE_NODE};
    avo_copy(binding.nonce, sizeof binding.nonce, avo_slice(nonce, AVO_NONCE32_BYTES));
    avo_copy(binding.channel_key, sizeof binding.channel_key, AVO_SLICE_OF(stream->remote_static));
    avo_copy(binding.cas_key, sizeof binding.cas_key, AVO_SLICE_OF(cas->channel_key.public));
    avo_copy(binding.handshake_hash, sizeof binding.handshake_hash, AVO_SLICE_OF(stream->handshake_hash));
    avo_copy(binding.configuration_hash, sizeof binding.configuration_hash, AVO_SLICE_OF(request->configuration_hash));
    uint8_t report_data[AVO_BINDING_BYTES];
    avo_binding_report_data(&binding, report_data);
    struct avo_slice policy = avo_slice(cas->policy_text, cas->policy_length);
    const struct avo_verifier *verifier = cas->config.verifier;
    enum avo_error error = verifier->verify(verifier->context, policy, AVO_EVIDENCE_NODE, request->evidence, report_data,
                                            event->now_s, attested, reason);
    if (error == AVO_OK && attested->tee != request->tee) {
        avo_text_add_string(reason, "evidence is of another kind of TEE than it says: start it under its own TEE");
        return AVO_EDENIED;
    }
    return error;
}

static void admit(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_join_request *request,
                  const struct avo_attested *attested) {
    struct avo_cas_slot *slot = &cas->slots[request->slot];
    slot->member = (struct avo_member){.slot = request->slot,
                                       .role = AVO_ROLE_VOTING,
                                       .incarnation = 1, /* the epoch that admits it */
                                       .address = request->address,
                                       .tee = (enum avo_tee)attested->tee,
                                       .simulated = attested->simulated};
    struct avo_slice key = avo_slice(avo_cas_proven_key(cas, event->connection), AVO_PUBLIC_KEY_BYTES);
    avo_copy(slot->member.channel_public_key, sizeof slot->member.channel_public_key, key);
    avo_copy(slot->member.measurement, sizeof slot->member.measurement, AVO_SLICE_OF(attested->measurement));
    slot->connection = event->connection;
    avo_text_clear(&slot->refusal);
    cas->connections[event->connection].peer = AVO_CAS_PEER_ENCLAVE;
    cas->connections[event->connection].deadline_us = UINT64_MAX;
    struct avo_text line = {0};
    say(&line, "slot ", request->slot, ": joined, measurement ");
    avo_text_add_hex(&line, avo_slice(attested->measurement, 32));
    avo_cas_log(cas, &line);
}

static void tell_to_wait(struct avo_cas *cas, uint32_t connection) {
    uint8_t wait[1];
    struct avo_writer writer = avo_writer(wait, sizeof wait);
    avo_control_empty_write(&writer, AVO_CONTROL_WAIT);
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
}

static void refuse(struct avo_cas *cas, uint32_t connection, uint8_t slot, enum avo_error error, const struct avo_text *reason) {
    struct avo_text line = {0};
    say(&line, "slot ", slot, ": ");
    avo_text_add(&line, avo_slice(reason->bytes, reason->length));
    if (slot < AVO_SLOT_MAX_COUNT) {
        cas->slots[slot].refusal = line;
    }
    avo_cas_refuse(cas, connection, error, &line);
    avo_cas_log(cas, &line);
    avo_cas_close(cas, connection, "its JOIN was refused");
}

/* Evidence first: who cannot prove what it runs learns that, and nothing about the cluster. */
static enum avo_error judge(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_join_request *request,
                            const uint8_t nonce[AVO_NONCE32_BYTES], struct avo_attested *attested, struct avo_text *reason) {
    enum avo_error error = check_evidence(cas, event, nonce, request, attested, reason);
    if (error == AVO_OK) {
        error = check_slot(cas, request, reason);
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
        tell_to_wait(cas, event->connection);
        return;
    }
    struct avo_attested attested = {0};
    struct avo_text reason = {0};
    enum avo_error error = judge(cas, event, &request, peer->nonce, &attested, &reason);
    if (error != AVO_OK) {
        refuse(cas, event->connection, request.slot, error, &reason);
        return;
    }
    admit(cas, event, &request, &attested);
    tell_to_wait(cas, event->connection);
}
