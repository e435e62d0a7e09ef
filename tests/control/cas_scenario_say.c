/* What peers say, from text. */
#include "protocol/control/evidence.h"
#include "protocol/control/ticket.h"
#include "protocol/control/voucher.h"
#include "tests/control/cas_scenario_state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX_BYTES (AVO_POLICY_MAX_BYTES + 64)

/* The number behind `word` in `what`, or `otherwise`. */
static unsigned number_of(const char *what, const char *word, unsigned otherwise) {
    const char *found = strstr(what, word);
    return found == NULL ? otherwise : (unsigned)strtoul(found + strlen(word), NULL, 10);
}

/* Evidence of a program with measurement 'g', unless the words say another, bound to the peer's own connection. */
static void make_evidence(struct cas_scenario *scenario, uint32_t peer, const char *what, const struct avo_binding *partial,
                          uint8_t evidence[3 + AVO_BINDING_BYTES]) {
    const struct cas_scenario_peer *from = &scenario->peers[peer];
    struct avo_binding binding = *partial;
    memcpy(binding.nonce, from->hello.nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, from->key.public, sizeof binding.channel_key);
    memcpy(binding.cas_key, avo_cas_public_key(scenario->cas), sizeof binding.cas_key);
    memcpy(binding.handshake_hash, from->stream.handshake_hash, sizeof binding.handshake_hash);
    if (strstr(what, "bound to another") != NULL) {
        binding.nonce[0]++;
    }
    evidence[0] = strstr(what, "simulated") != NULL ? 's' : 'e';
    evidence[1] = strstr(what, "measured b") != NULL ? 'b' : 'g';
    evidence[2] = (uint8_t)('0' + number_of(what, "from ", 1));
    avo_binding_report_data(&binding, evidence + 3);
}

static void write_join(struct cas_scenario *scenario, uint32_t peer, const char *what, struct avo_writer *writer) {
    uint8_t evidence[3 + AVO_BINDING_BYTES], body[AVO_REPORT_BODY_BYTES] = {0}, voucher[AVO_VOUCHER_BYTES];
    struct avo_join_request request = {.wire_highest = (uint8_t)number_of(what, "speaks ", AVO_WIRE_VERSION),
                                       .slot = (uint8_t)number_of(what, "join ", 0),
                                       .tee = (uint8_t)number_of(what, "tee ", AVO_TEE_SGX),
                                       .address = {.ip = {[15] = (uint8_t)number_of(what, "ip ", 1)},
                                                   .port = (uint16_t)number_of(what, "port ", 7000 + 10 * peer)},
                                       .worker_count = number_of(what, "workers ", 1),
                                       .datagram_max_bytes = number_of(what, "datagram ", 1472),
                                       .configuration_hash = {'c'},
                                       .kind = AVO_EVIDENCE_BY_VENDOR,
                                       .evidence = AVO_SLICE_OF(evidence)};
    struct avo_binding binding = {.tee = request.tee, .role = AVO_ATTESTED_ROLE_NODE, .configuration_hash = {'c'}};
    make_evidence(scenario, peer, what, &binding, evidence);
    const char *by = strstr(what, "by l");
    if (by != NULL) {
        memcpy(body, evidence, sizeof evidence);
        avo_voucher_make(body, scenario->peers[4 + number_of(by, "by l", 1)].sign_secret, voucher);
        voucher[AVO_VOUCHER_BYTES - 1] ^= strstr(what, "forged") != NULL ? 1 : 0;
        request.kind = AVO_EVIDENCE_BY_LAS;
        request.evidence = avo_slice(voucher, sizeof voucher - (strstr(what, "cut") != NULL ? 1 : 0));
    }
    avo_join_request_write(writer, &request);
}

static void write_las(struct cas_scenario *scenario, uint32_t peer, const char *what, struct avo_writer *writer) {
    uint8_t evidence[3 + AVO_BINDING_BYTES];
    struct avo_las_request request = {.tee = (uint8_t)number_of(what, "tee ", AVO_TEE_SGX), .evidence = AVO_SLICE_OF(evidence)};
    struct avo_binding binding = {.tee = request.tee, .role = AVO_ATTESTED_ROLE_LAS};
    memcpy(request.sign_public, scenario->peers[peer].sign_public, sizeof request.sign_public);
    avo_las_configuration_hash(request.sign_public, binding.configuration_hash);
    char where[64];
    (void)snprintf(where, sizeof where, "%s%s", what, strstr(what, "from") == NULL && peer == 6 ? " from 2" : "");
    make_evidence(scenario, peer, where, &binding, evidence);
    avo_las_request_write(writer, &request);
}

/* "policy", then what follows; "policy N bytes": so many in all. */
static void write_policy(const char *what, struct avo_writer *writer) {
    static uint8_t text[AVO_POLICY_MAX_BYTES + 1];
    size_t length = strstr(what, "bytes") != NULL ? number_of(what, "policy ", 0) : strlen(what);
    AVO_ASSERT(length <= sizeof text);
    memset(text, ' ', sizeof text);
    memcpy(text, what, strlen(what));
    avo_control_bytes_write(writer, AVO_CONTROL_POLICY, avo_slice(text, length));
}

static void write_type(const char *what, struct avo_writer *writer) {
    const char *body = strchr(what + 5, ' ');
    avo_write_u8(writer, (uint8_t)strtoul(what + 5, NULL, 10));
    if (body != NULL) {
        avo_write_slice(writer, avo_slice_string(body + 1));
    }
}

void cas_scenario_write(struct cas_scenario *scenario, uint32_t peer, const char *what) {
    static uint8_t memory[MESSAGE_MAX_BYTES];
    static const uint8_t nonce[AVO_NONCE32_BYTES] = {CAS_SCENARIO_NONCE};
    struct avo_writer writer = avo_writer(memory, sizeof memory);
    if (strncmp(what, "join ", 5) == 0) {
        write_join(scenario, peer, what, &writer);
    } else if (strncmp(what, "las", 3) == 0) {
        write_las(scenario, peer, what, &writer);
    } else if (strncmp(what, "policy", 6) == 0) {
        write_policy(what, &writer);
    } else if (strcmp(what, "status") == 0) {
        avo_control_empty_write(&writer, AVO_CONTROL_STATUS_REQUEST);
    } else if (strcmp(what, "view") == 0) {
        avo_control_empty_write(&writer, AVO_CONTROL_VIEW_REQUEST);
    } else if (strcmp(what, "ends") == 0) {
        avo_control_empty_write(&writer, AVO_CONTROL_ENDS_REQUEST);
    } else if (strcmp(what, "evidence") == 0) {
        avo_evidence_request_write(&writer, nonce);
    } else if (strncmp(what, "ticket ", 7) == 0) {
        struct avo_ticket_request request = {.public_key = {0xaa}, .rights = (uint8_t)number_of(what, "ticket ", 0)};
        avo_ticket_request_write(&writer, &request);
    } else if (strncmp(what, "approve", 7) == 0) {
        uint8_t hash[AVO_HASH_BYTES];
        memcpy(hash, scenario->view_hash, sizeof hash);
        hash[31] ^= strstr(what, "wrong") != NULL ? 1 : 0;
        avo_control_bytes_write(&writer, AVO_CONTROL_APPROVE, AVO_SLICE_OF(hash));
    } else {
        AVO_ASSERT(strncmp(what, "type ", 5) == 0);
        write_type(what, &writer);
    }
    AVO_ASSERT(!writer.failed && avo_secure_stream_write(&scenario->peers[peer].stream, avo_writer_slice(&writer),
                                                         &scenario->peers[peer].out) == AVO_OK);
}
