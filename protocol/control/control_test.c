/* Every control message: what is written is read back, no cut of it is read, and no flipped byte crashes a reader. */
#include "base/random.h"
#include "protocol/control/binding.h"
#include "protocol/control/choice.h"
#include "protocol/control/ends.h"
#include "protocol/control/evidence.h"
#include "protocol/control/hello.h"
#include "protocol/control/join.h"
#include "protocol/control/las.h"
#include "protocol/control/local.h"
#include "protocol/control/member.h"
#include "protocol/control/status.h"
#include "protocol/control/ticket.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EVIDENCE "a quote"

static uint8_t memory[AVO_STATUS_MAX_BYTES];

/* Reads any message as its own type. */
static enum avo_error read_any(struct avo_slice message) {
    static struct avo_genesis_status status;
    struct avo_hello hello;
    struct avo_join_request join;
    struct avo_joined joined;
    struct avo_las_request las;
    struct avo_member_report report;
    struct avo_configuration configuration;
    struct avo_choice choice;
    uint32_t epoch;
    struct avo_ticket_request ticket;
    struct avo_cas_ends ends;
    struct avo_text text;
    struct avo_slice body;
    enum avo_error refused;
    struct avo_evidence_reply reply;
    switch (avo_control_type(message)) {
    case AVO_CONTROL_HELLO:
        return avo_hello_read(message, &hello);
    case AVO_CONTROL_REFUSED:
        return avo_control_refused_read(message, &refused, &text);
    case AVO_CONTROL_EVIDENCE_REQUEST:
        return avo_evidence_request_read(message, hello.nonce);
    case AVO_CONTROL_EVIDENCE:
        return avo_evidence_reply_read(message, &reply);
    case AVO_CONTROL_POLICY:
        return avo_control_bytes_read(message, AVO_CONTROL_POLICY, AVO_POLICY_MAX_BYTES, &body);
    case AVO_CONTROL_STATUS:
        return avo_genesis_status_read(message, &status);
    case AVO_CONTROL_TICKET_REQUEST:
        return avo_ticket_request_read(message, &ticket);
    case AVO_CONTROL_ENDS:
        return avo_cas_ends_read(message, &ends);
    case AVO_CONTROL_JOIN:
        return avo_join_request_read(message, &join);
    case AVO_CONTROL_JOINED:
        return avo_joined_read(message, &joined);
    case AVO_CONTROL_LAS:
        return avo_las_request_read(message, &las);
    case AVO_CONTROL_MEMBER:
        return avo_member_report_read(message, &report);
    case AVO_CONTROL_ADOPTED:
        return avo_adopted_read(message, &configuration);
    case AVO_CONTROL_SYNCED:
        return avo_synced_read(message, &epoch);
    case AVO_CONTROL_PREPARE:
    case AVO_CONTROL_PROMISE:
    case AVO_CONTROL_ACCEPT:
    case AVO_CONTROL_ACCEPTED:
    case AVO_CONTROL_NACK:
        return avo_choice_read(message, &choice);
    default:
        return avo_control_empty_read(message, AVO_CONTROL_WAIT);
    }
}

/* `tail_bytes`: how many of the last bytes are a field of open length. */
static void check(const struct avo_writer *writer, size_t tail_bytes) {
    assert_false(writer->failed);
    struct avo_slice message = avo_writer_slice(writer);
    assert_int_equal(read_any(message), AVO_OK);
    for (size_t i = 0; i + tail_bytes < message.length; i++) {
        assert_int_equal(read_any(avo_slice(message.data, i)), AVO_EFORMAT);
    }
    for (size_t i = 0; i < message.length; i++) {
        memory[i] ^= 0x80;
        (void)read_any(message); /* under the sanitizers */
        memory[i] ^= 0x80;
    }
}

static struct avo_writer begin(void) {
    return avo_writer(memory, sizeof memory);
}

static void small_messages(void **state) {
    (void)state;
    struct avo_writer writer = begin();
    struct avo_hello hello = {.nonce = {1}, .cas_sign_public = {2}, .wire_version = AVO_WIRE_VERSION};
    avo_hello_write(&writer, &hello);
    check(&writer, 0);
    writer = begin();
    avo_evidence_request_write(&writer, hello.nonce);
    check(&writer, 0);
    writer = begin();
    avo_evidence_reply_write(&writer, &(struct avo_evidence_reply){AVO_TEE_SGX, {5}, avo_slice_string(EVIDENCE)});
    check(&writer, strlen(EVIDENCE) - 1);
    writer = begin();
    avo_control_bytes_write(&writer, AVO_CONTROL_POLICY, avo_slice_string("{}"));
    check(&writer, 1);
    writer = begin();
    avo_control_empty_write(&writer, AVO_CONTROL_WAIT);
    check(&writer, 0);
    writer = begin();
    struct avo_ticket_request ticket = {.rights = 3};
    avo_ticket_request_write(&writer, &ticket);
    check(&writer, 0);
    writer = begin();
    struct avo_cas_ends ends = {1, UINT64_MAX, 3}, back;
    avo_cas_ends_write(&writer, &ends);
    check(&writer, 0);
    assert_int_equal(avo_cas_ends_read(avo_writer_slice(&writer), &back), AVO_OK);
    assert_memory_equal(&back, &ends, sizeof back);
}

static void what_a_member_says(void **state) {
    (void)state;
    struct avo_writer writer = begin();
    struct avo_member_report report = {7, 5, avo_slice_string("signed")}, back;
    avo_member_report_write(&writer, &report);
    check(&writer, report.signed_view.length - 1);
    assert_int_equal(avo_member_report_read(avo_writer_slice(&writer), &back), AVO_OK);
    assert_true(back.adopted_epoch == 7 && back.synced_epoch == 5 && avo_slice_equal(back.signed_view, report.signed_view));
    writer = begin();
    struct avo_configuration configuration = {9, AVO_GENERATION_MAX}, got;
    avo_adopted_write(&writer, configuration);
    check(&writer, 0);
    assert_int_equal(avo_adopted_read(avo_writer_slice(&writer), &got), AVO_OK);
    assert_int_equal(avo_configuration_compare(configuration, got), 0);
    writer = begin();
    avo_adopted_write(&writer, (struct avo_configuration){1, AVO_GENERATION_MAX + 1});
    assert_int_equal(avo_adopted_read(avo_writer_slice(&writer), &got), AVO_EFORMAT);
    avo_synced_write((writer = begin(), &writer), 4);
    check(&writer, 0);
}

static enum avo_error choice_reread(struct avo_choice choice, struct avo_choice *back) {
    struct avo_writer writer = begin();
    avo_choice_write(&writer, &choice);
    return avo_choice_read(avo_writer_slice(&writer), back);
}

/* [V7] A promise has a proposal when something was accepted, and no ballot is of round 0. */
static void what_is_said_in_a_choice(void **state) {
    (void)state;
    struct avo_choice choice = {.instance = {3, 4}, .ballot = {5, 6}}, back;
    for (enum avo_control_type type = AVO_CONTROL_PREPARE; type <= AVO_CONTROL_NACK; type++) {
        choice.type = type;
        choice.proposal = type == AVO_CONTROL_ACCEPT ? avo_slice_string("p") : AVO_SLICE_EMPTY;
        assert_int_equal(choice_reread(choice, &back), AVO_OK);
        assert_true(back.type == type && back.instance.generation == 4 && back.ballot.proposer == 6);
    }
    choice.type = AVO_CONTROL_ACCEPT;
    assert_int_equal(choice_reread(choice, &back), AVO_EFORMAT); /* of nothing */
    choice.type = AVO_CONTROL_PROMISE;
    choice.proposal = avo_slice_string("p");
    assert_int_equal(choice_reread(choice, &back), AVO_EFORMAT); /* that nobody made */
    choice.accepted = (struct avo_ballot){5, 6};
    assert_int_equal(choice_reread(choice, &back), AVO_OK);
    assert_true(back.accepted.round == 5 && avo_slice_equal(back.proposal, avo_slice_string("p")));
    choice.accepted.proposer++;
    assert_int_equal(choice_reread(choice, &back), AVO_EFORMAT); /* above what is promised */
    choice.accepted.proposer--;
    choice.proposal = AVO_SLICE_EMPTY;
    assert_int_equal(choice_reread(choice, &back), AVO_EFORMAT);
    choice.ballot.round = 0;
    choice.type = AVO_CONTROL_PREPARE;
    assert_int_equal(choice_reread(choice, &back), AVO_EFORMAT);
    static const uint8_t longest[AVO_PROPOSAL_MAX_BYTES + 1];
    choice = (struct avo_choice){AVO_CONTROL_ACCEPT, {3, 4}, {5, 6}, {0}, AVO_SLICE_OF(longest)};
    assert_int_equal(choice_reread(choice, &back), AVO_EFORMAT);
    choice.proposal.length--;
    assert_int_equal(choice_reread(choice, &back), AVO_OK);
}

static void a_refusal_keeps_its_text_printable(void **state) {
    (void)state;
    struct avo_text text = {0}, back;
    enum avo_error error;
    avo_text_add_string(&text, "slot 1: \x1b[31mred\n");
    assert_string_equal(text.bytes, "slot 1: ?[31mred?");
    struct avo_writer writer = begin();
    avo_control_refused_write(&writer, AVO_EDENIED, &text);
    check(&writer, 0);
    assert_int_equal(avo_control_refused_read(avo_writer_slice(&writer), &error, &back), AVO_OK);
    assert_int_equal(error, AVO_EDENIED);
    assert_string_equal(back.bytes, text.bytes);
    memory[writer.length - 1] = '\n';
    assert_int_equal(avo_control_refused_read(avo_writer_slice(&writer), &error, &back), AVO_EFORMAT);
    memory[1] = AVO_OK; /* a refusal without an error */
    memory[writer.length - 1] = 'x';
    assert_int_equal(avo_control_refused_read(avo_writer_slice(&writer), &error, &back), AVO_EFORMAT);
}

static void a_text_is_cut_at_its_limit(void **state) {
    (void)state;
    struct avo_text text = {0};
    for (uint32_t i = 0; i < 100; i++) {
        avo_text_add_string(&text, "0123456789");
    }
    assert_int_equal(text.length, AVO_TEXT_MAX_BYTES);
    avo_text_clear(&text);
    avo_text_add_number(&text, UINT64_MAX);
    avo_text_add_string(&text, " ");
    avo_text_add_hex(&text, avo_slice("\x0f\xa0", 2));
    assert_string_equal(text.bytes, "18446744073709551615 0fa0");
}

static void joins(void **state) {
    (void)state;
    struct avo_writer writer = begin();
    struct avo_join_request join = {.wire_highest = AVO_WIRE_VERSION,
                                    .slot = 2,
                                    .tee = AVO_TEE_SGX,
                                    .address = {.ip = {[15] = 1}, .port = 7000},
                                    .worker_count = 4,
                                    .datagram_max_bytes = 1472,
                                    .configuration_hash = {9},
                                    .kind = AVO_EVIDENCE_BY_LAS,
                                    .evidence = avo_slice_string(EVIDENCE)};
    struct avo_join_request back;
    avo_join_request_write(&writer, &join);
    check(&writer, strlen(EVIDENCE) - 1);
    assert_int_equal(avo_join_request_read(avo_writer_slice(&writer), &back), AVO_OK);
    assert_int_equal(back.slot, 2);
    assert_int_equal(back.address.port, 7000);
    assert_true(back.worker_count == 4 && back.datagram_max_bytes == 1472 && back.wire_highest == AVO_WIRE_VERSION);
    assert_int_equal(back.kind, AVO_EVIDENCE_BY_LAS);
    assert_true(avo_slice_equal(back.evidence, join.evidence));
    writer = begin();
    struct avo_joined joined = {.cluster_secret = {7}, .signed_view = avo_slice_string("view")};
    avo_joined_write(&writer, &joined);
    check(&writer, 3);
}

static void a_join_says_who_answers_for_it(void **state) {
    (void)state;
    struct avo_join_request join = {.wire_highest = AVO_WIRE_VERSION, .evidence = avo_slice_string(EVIDENCE)}, back;
    for (int kind = 0; kind < 256; kind++) {
        struct avo_writer writer = begin();
        join.kind = (enum avo_evidence_kind)kind;
        avo_join_request_write(&writer, &join);
        bool known = kind == AVO_EVIDENCE_BY_VENDOR || kind == AVO_EVIDENCE_BY_LAS;
        assert_int_equal(avo_join_request_read(avo_writer_slice(&writer), &back), known ? AVO_OK : AVO_EFORMAT);
    }
}

static void a_las_names_its_key(void **state) {
    (void)state;
    struct avo_writer writer = begin();
    struct avo_las_request las = {.tee = AVO_TEE_SGX, .sign_public = {8}, .evidence = avo_slice_string(EVIDENCE)}, back;
    avo_las_request_write(&writer, &las);
    check(&writer, strlen(EVIDENCE) - 1);
    assert_int_equal(avo_las_request_read(avo_writer_slice(&writer), &back), AVO_OK);
    assert_memory_equal(back.sign_public, las.sign_public, sizeof las.sign_public);
    assert_true(avo_slice_equal(back.evidence, las.evidence));
}

static void local_messages_have_one_length_each(void **state) {
    (void)state;
    static const uint8_t body[AVO_LOCAL_MAX_BYTES];
    static const size_t lengths[] = {0, 0, AVO_LOCAL_TARGET_BYTES, AVO_LOCAL_REPORT_MESSAGE_BYTES, AVO_VOUCHER_BYTES};
    struct avo_local_message message;
    for (unsigned type = 0; type < 256; type++) {
        for (size_t length = 0; length + AVO_LOCAL_HEADER_BYTES <= AVO_LOCAL_MAX_BYTES; length++) {
            struct avo_writer writer = begin();
            avo_local_write(&writer, (enum avo_local_type)type, 0x01020304, avo_slice(body, length));
            bool fits = (type >= 1 && type < AVO_COUNT(lengths) && length == lengths[type]) ||
                        (type == AVO_LOCAL_REFUSED && length == 2); /* two zeros: an empty text */
            assert_int_equal(avo_local_read(avo_writer_slice(&writer), &message), fits ? AVO_OK : AVO_EFORMAT);
            assert_int_equal(message.id, 0x01020304);
        }
    }
    struct avo_writer writer = begin();
    struct avo_text text = {0}, back;
    avo_text_add_string(&text, "LAS: no");
    avo_local_refused_write(&writer, 9, &text);
    assert_int_equal(avo_local_read(avo_writer_slice(&writer), &message), AVO_OK);
    avo_local_refused_text(&message, &back);
    assert_string_equal(back.bytes, text.bytes);
    memory[0] += 2; /* the wire version: the next one is a neighbour's */
    assert_int_equal(avo_local_read(avo_writer_slice(&writer), &message), AVO_ESTALE);
}

static void a_voucher_is_signed_by_the_key_it_names(void **state) {
    (void)state;
    uint8_t public[32], secret[64], body[AVO_REPORT_BODY_BYTES] = {3}, bytes[AVO_VOUCHER_BYTES], hash[AVO_HASH_BYTES];
    const uint8_t seed[32] = {1};
    struct avo_voucher voucher;
    (void)crypto_sign_seed_keypair(public, secret, seed);
    avo_voucher_make(body, secret, bytes);
    assert_int_equal(avo_voucher_check(AVO_SLICE_OF(bytes)), AVO_OK);
    assert_int_equal(avo_voucher_read(AVO_SLICE_OF(bytes), &voucher), AVO_OK);
    assert_memory_equal(voucher.las_sign_public, public, sizeof public);
    assert_true(avo_slice_equal(voucher.report_body, AVO_SLICE_OF(body)));
    for (size_t at = 0; at < sizeof bytes; at++) {
        bytes[at] ^= 1;
        assert_int_equal(avo_voucher_check(AVO_SLICE_OF(bytes)), AVO_EAUTH);
        bytes[at] ^= 1;
        assert_int_equal(avo_voucher_check(avo_slice(bytes, at)), AVO_EFORMAT);
    }
    uint8_t expected[AVO_HASH_BYTES], named[14 + 32];
    memcpy(named, "avocado las v1", 14);
    memcpy(named + 14, public, sizeof public);
    crypto_hash_sha256(expected, named, sizeof named);
    avo_las_hash(public, hash);
    assert_memory_equal(hash, expected, sizeof hash);
}

static struct avo_genesis_status three_slots(void) {
    struct avo_genesis_status status = {.phase = AVO_GENESIS_PROPOSED, .policy_version = 1, .slot_count = 3, .has_view = true};
    status.view = (struct avo_view){.epoch = 1,
                                    .slot_count = 3,
                                    .member_count = 3,
                                    .policy_version = 1,
                                    .worker_count = 2,
                                    .mtu_bytes = 1500,
                                    .value_max_bytes = 1024};
    for (uint8_t i = 0; i < 3; i++) {
        struct avo_member member = {.slot = i, .role = AVO_ROLE_VOTING, .incarnation = 1, .tee = AVO_TEE_SGX, .simulated = true};
        member.wire_highest = AVO_WIRE_VERSION;
        member.address.port = 7000;
        status.slots[i].joined = true;
        avo_text_add_string(&status.slots[i].refusal, "none");
        status.slots[i].member = status.view.members[i] = member;
    }
    return status;
}

static void a_status_carries_the_proposed_view(void **state) {
    (void)state;
    static struct avo_genesis_status status, back;
    uint8_t hash[AVO_HASH_BYTES], same[AVO_HASH_BYTES];
    status = three_slots();
    struct avo_writer writer = begin();
    avo_genesis_status_write(&writer, &status);
    assert_false(writer.failed);
    assert_int_equal(avo_genesis_status_read(avo_writer_slice(&writer), &back), AVO_OK);
    avo_view_hash(&status.view, hash);
    avo_view_hash(&back.view, same);
    assert_memory_equal(hash, same, sizeof hash);
    assert_int_equal(back.slots[2].member.slot, 2);
    assert_string_equal(back.slots[2].refusal.bytes, "none");
    for (size_t i = 0; i < writer.length; i++) {
        if (avo_genesis_status_read(avo_slice(memory, i), &back) == AVO_OK) {
            assert_false(back.has_view); /* cut just where the view begins: a status without one */
        }
    }
}

/* Two parties compute it; a third must be able to: SHA-512 over the bytes as the header spells them. */
static void the_binding_is_what_its_header_says(void **state) {
    (void)state;
    struct avo_binding binding = {.tee = AVO_TEE_SGX, .role = AVO_ATTESTED_ROLE_NODE};
    uint8_t bytes[19 + 2 + 5 * 32], expected[64], got[64];
    memcpy(bytes, "avocado evidence v1", 19);
    bytes[19] = 1;
    bytes[20] = 2;
    uint8_t *parts[] = {binding.nonce, binding.channel_key, binding.cas_key, binding.handshake_hash, binding.configuration_hash};
    for (uint8_t i = 0; i < 5; i++) {
        memset(parts[i], 'a' + i, 32);
        memset(bytes + 21 + 32 * i, 'a' + i, 32);
    }
    crypto_hash_sha512(expected, bytes, sizeof bytes);
    avo_binding_report_data(&binding, got);
    assert_memory_equal(expected, got, sizeof got);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_messages),
        cmocka_unit_test(what_a_member_says),
        cmocka_unit_test(what_is_said_in_a_choice),
        cmocka_unit_test(a_refusal_keeps_its_text_printable),
        cmocka_unit_test(a_text_is_cut_at_its_limit),
        cmocka_unit_test(joins),
        cmocka_unit_test(a_join_says_who_answers_for_it),
        cmocka_unit_test(a_las_names_its_key),
        cmocka_unit_test(local_messages_have_one_length_each),
        cmocka_unit_test(a_voucher_is_signed_by_the_key_it_names),
        cmocka_unit_test(a_status_carries_the_proposed_view),
        cmocka_unit_test(the_binding_is_what_its_header_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
