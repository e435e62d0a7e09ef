/* What the CAS says, as text. */
#include "protocol/control/ends.h"
#include "protocol/control/evidence.h"
#include "protocol/view/ticket.h"
#include "tests/control/cas_scenario_state.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cas_scenario_line(struct cas_scenario *scenario, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(scenario->trace + scenario->length, sizeof scenario->trace - scenario->length, format, arguments);
    va_end(arguments);
    AVO_ASSERT(length >= 0 && (size_t)length < sizeof scenario->trace - scenario->length);
    scenario->length += (size_t)length;
}

static void trace_status(struct cas_scenario *scenario, struct avo_slice message) {
    static const char *const phases[] = {"", "no policy", "gathering", "proposed", "formed"};
    static struct avo_genesis_status status;
    AVO_ASSERT(avo_genesis_status_read(message, &status) == AVO_OK);
    cas_scenario_line(scenario, "STATUS %s, policy %u, %u verified", phases[status.phase], status.policy_version,
                      status.vendor_verifications);
    for (uint8_t i = 0; i < status.slot_count; i++) {
        cas_scenario_line(scenario, ", slot %u %s%s%s", i, status.slots[i].joined ? "joined" : "free",
                          status.slots[i].refusal.length > 0 ? " after " : "", status.slots[i].refusal.bytes);
    }
    if (status.has_view) {
        avo_view_hash(&status.view, scenario->view_hash);
    }
    AVO_ASSERT(status.has_view == (status.phase >= AVO_GENESIS_PROPOSED));
}

static void trace_view(struct cas_scenario *scenario, const char *what, struct avo_slice signed_view) {
    static struct avo_view view;
    AVO_ASSERT(avo_view_verify(signed_view, avo_cas_sign_public_key(scenario->cas), &view) == AVO_OK);
    cas_scenario_line(scenario, "%s epoch %u, %u members", what, view.epoch, view.member_count);
    for (uint8_t i = 0; i < view.member_count; i++) {
        static const uint8_t none[AVO_HASH_BYTES];
        const struct avo_member *member = &view.members[i];
        if (memcmp(member->las, none, sizeof none) != 0) {
            cas_scenario_line(scenario, ", %u vouched for", member->slot);
        }
        cas_scenario_line(scenario, "%s", member->simulated ? " on a simulated TEE" : "");
    }
}

static void trace_ticket(struct cas_scenario *scenario, struct avo_slice message) {
    struct avo_slice bytes;
    struct avo_ticket ticket;
    AVO_ASSERT(avo_control_bytes_read(message, AVO_CONTROL_TICKET, AVO_TICKET_MAX_BYTES, &bytes) == AVO_OK);
    AVO_ASSERT(avo_ticket_verify(bytes, avo_cas_sign_public_key(scenario->cas), &ticket) == AVO_OK);
    cas_scenario_line(scenario, "TICKET %.*s, rights %u, policy %u, %llu days, key %02x", ticket.name_length,
                      (const char *)ticket.name, ticket.rights, ticket.policy_version,
                      (unsigned long long)(ticket.expires_s - CAS_SCENARIO_NOW_S) / 86400, ticket.public_key[0]);
}

static void trace_joined(struct cas_scenario *scenario, struct avo_slice message) {
    struct avo_joined joined;
    AVO_ASSERT(avo_joined_read(message, &joined) == AVO_OK);
    memcpy(scenario->cluster_secret, joined.cluster_secret, sizeof joined.cluster_secret);
    scenario->has_cluster_secret = true;
    trace_view(scenario, "JOINED", joined.signed_view);
}

static void trace_refused(struct cas_scenario *scenario, struct avo_slice message) {
    enum avo_error error;
    struct avo_text text;
    AVO_ASSERT(avo_control_refused_read(message, &error, &text) == AVO_OK);
    cas_scenario_line(scenario, "REFUSED %s %s", avo_error_name(error), text.bytes);
}

static void trace_hello(struct cas_scenario *scenario, uint32_t peer, struct avo_slice message) {
    struct avo_hello hello;
    AVO_ASSERT(avo_hello_read(message, &hello) == AVO_OK);
    bool fresh = memcmp(hello.nonce, scenario->peers[peer].hello.nonce, sizeof hello.nonce) != 0;
    bool own = memcmp(hello.cas_sign_public, avo_cas_sign_public_key(scenario->cas), 32) == 0;
    scenario->peers[peer].hello = hello;
    cas_scenario_line(scenario, "HELLO%s%s", fresh ? "" : " WITH AN OLD NONCE", own ? "" : " OF ANOTHER KEY");
}

static void trace_ends(struct cas_scenario *scenario, struct avo_slice message) {
    struct avo_cas_ends ends;
    AVO_ASSERT(avo_cas_ends_read(message, &ends) == AVO_OK);
    const uint64_t times[] = {ends.collateral_s, ends.las_s, ends.cas_s};
    cas_scenario_line(scenario, "ENDS");
    for (size_t i = 0; i < AVO_COUNT(times); i++) {
        cas_scenario_line(scenario, times[i] == 0 ? " -" : " %lld", (long long)(times[i] - CAS_SCENARIO_NOW_S));
    }
}

void cas_scenario_trace(struct cas_scenario *scenario, uint32_t peer, struct avo_slice message) {
    struct avo_slice body;
    struct avo_evidence_reply evidence;
    cas_scenario_line(scenario, "%s: ", cas_scenario_name(peer));
    switch (avo_control_type(message)) {
    case AVO_CONTROL_HELLO:
        trace_hello(scenario, peer, message);
        break;
    case AVO_CONTROL_REFUSED:
        trace_refused(scenario, message);
        break;
    case AVO_CONTROL_EVIDENCE:
        AVO_ASSERT(avo_evidence_reply_read(message, &evidence) == AVO_OK && evidence.tee == AVO_TEE_SGX);
        cas_scenario_line(scenario, "EVIDENCE %zu bytes", evidence.evidence.length);
        break;
    case AVO_CONTROL_STATUS:
        trace_status(scenario, message);
        break;
    case AVO_CONTROL_VIEW:
        AVO_ASSERT(avo_control_bytes_read(message, AVO_CONTROL_VIEW, AVO_VIEW_MAX_BYTES, &body) == AVO_OK);
        trace_view(scenario, "VIEW", body);
        break;
    case AVO_CONTROL_TICKET:
        trace_ticket(scenario, message);
        break;
    case AVO_CONTROL_JOINED:
        trace_joined(scenario, message);
        break;
    case AVO_CONTROL_ENDS:
        trace_ends(scenario, message);
        break;
    case AVO_CONTROL_DONE:
    case AVO_CONTROL_WAIT:
    case AVO_CONTROL_LAS_REGISTERED:
        AVO_ASSERT(message.length == 1);
        cas_scenario_line(scenario, avo_control_type(message) == AVO_CONTROL_DONE   ? "DONE"
                                    : avo_control_type(message) == AVO_CONTROL_WAIT ? "WAIT"
                                                                                    : "REGISTERED");
        break;
    default:
        AVO_ASSERT(false);
    }
    cas_scenario_line(scenario, "\n");
}
