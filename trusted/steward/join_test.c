/* An enclave against whatever speaks for the CAS: the network, a false CAS, a CAS that lies. The CAS here is a script. */
#include "protocol/control/binding.h"
#include "protocol/control/hello.h"
#include "protocol/control/join.h"
#include "trusted/steward/join.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED 51
#define EVIDENCE "a quote"

struct fixture {
    _Alignas(64) uint8_t memory[1 << 20];
    _Alignas(64) struct avo_join join;
    _Alignas(64) struct avo_secure_stream cas;
    struct avo_arena arena;
    struct avo_prng random;
    struct avo_aead *aead;
    struct avo_key_pair cas_key;
    uint8_t sign_public[32];
    uint8_t sign_secret[64];
    struct avo_hello hello;
    struct avo_launch launch;
    uint8_t out_memory[AVO_JOIN_OUT_BYTES];
    struct avo_buffer out; /* enclave -> CAS */
    uint8_t reply_memory[AVO_JOIN_OUT_BYTES];
    struct avo_buffer reply; /* CAS -> enclave */
    struct avo_slice heard;  /* the last message the CAS heard */
};

/* The CAS takes what the enclave sent. */
static enum avo_error hear(struct fixture *fixture) {
    struct avo_slice in = avo_buffer_slice(&fixture->out);
    enum avo_error error = AVO_OK;
    while (in.length > 0 && error == AVO_OK) {
        error = avo_secure_stream_read(&fixture->cas, &fixture->random.random, &in, &fixture->reply, &fixture->heard);
    }
    fixture->out.length = 0;
    return error;
}

/* The enclave takes what the CAS sent. */
static enum avo_join_state deliver(struct fixture *fixture) {
    struct avo_slice in = avo_buffer_slice(&fixture->reply);
    (void)avo_join_read(&fixture->join, &in, &fixture->out);
    fixture->reply.length = 0;
    return fixture->join.state;
}

static void say(struct fixture *fixture, struct avo_slice message) {
    assert_int_equal(avo_secure_stream_write(&fixture->cas, message, &fixture->reply), AVO_OK);
}

static void say_hello(struct fixture *fixture) {
    uint8_t bytes[128];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_hello_write(&writer, &fixture->hello);
    say(fixture, avo_writer_slice(&writer));
}

static void say_wait(struct fixture *fixture) {
    uint8_t wait[1] = {AVO_CONTROL_WAIT};
    say(fixture, AVO_SLICE_OF(wait));
}

static struct avo_view good_view(const struct fixture *fixture) {
    struct avo_view view = {.cluster_id = {1},
                            .epoch = 1,
                            .slot_count = 1,
                            .member_count = 1,
                            .policy_version = 1,
                            .worker_count = 2,
                            .mtu_bytes = 1500,
                            .value_max_bytes = 1024};
    view.members[0] =
        (struct avo_member){.role = AVO_ROLE_VOTING, .incarnation = 1, .tee = AVO_TEE_SGX, .address = fixture->launch.address};
    memcpy(view.members[0].channel_public_key, fixture->join.identity.channel_key.public, 32);
    return view;
}

static void say_joined_signed(struct fixture *fixture, const struct avo_signed_view *signed_view) {
    uint8_t bytes[64 + AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_joined joined = {.cluster_secret = {0x5e}, .signed_view = avo_slice(signed_view->bytes, signed_view->length)};
    avo_joined_write(&writer, &joined);
    say(fixture, avo_writer_slice(&writer));
}

static void say_joined(struct fixture *fixture, const struct avo_view *view) {
    struct avo_signed_view signed_view;
    avo_view_sign(view, fixture->sign_secret, &signed_view);
    say_joined_signed(fixture, &signed_view);
}

static void start(struct fixture *fixture) {
    struct avo_join_config config = {&fixture->launch, AVO_TEE_SGX, fixture->aead, &fixture->random.random};
    fixture->out = (struct avo_buffer){fixture->out_memory, 0, sizeof fixture->out_memory};
    fixture->reply = (struct avo_buffer){fixture->reply_memory, 0, sizeof fixture->reply_memory};
    avo_secure_stream_respond(&fixture->cas, fixture->aead, &fixture->cas_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
    avo_join_start(&fixture->join, &config, &fixture->out);
}

static int setup(void **state) {
    struct fixture *fixture = aligned_alloc(64, sizeof *fixture);
    assert_non_null(fixture);
    memset(fixture, 0, sizeof *fixture);
    printf("seed %d\n", SEED);
    fixture->random = avo_prng(SEED);
    fixture->arena = avo_arena(fixture->memory, sizeof fixture->memory);
    fixture->aead = avo_aead_create(&fixture->arena, AVO_AEAD_BEST);
    avo_key_pair_make(&fixture->cas_key, &fixture->random.random);
    uint8_t seed[32] = {SEED};
    (void)crypto_sign_seed_keypair(fixture->sign_public, fixture->sign_secret, seed);
    memcpy(fixture->hello.cas_sign_public, fixture->sign_public, 32);
    fixture->hello.nonce[0] = 7;
    fixture->launch = (struct avo_launch){.address = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}, .port = 7000},
                                          .layout = {.worker_count = 2,
                                                     .ring = {.slot_count = 64, .datagram_bytes = 1472},
                                                     .stream_bytes = 65536,
                                                     .slab_bytes = 1 << 20},
                                          .budget_bytes = 16 << 20};
    memcpy(fixture->launch.cas_public_key, fixture->cas_key.public, 32);
    start(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    avo_join_finish(&fixture->join);
    free(fixture);
    return 0;
}

static void greet(struct fixture *fixture) {
    assert_int_equal(hear(fixture), AVO_OK);
    say_hello(fixture);
    assert_int_equal(deliver(fixture), AVO_JOIN_NEED_EVIDENCE);
}

static void prove(struct fixture *fixture) {
    greet(fixture);
    assert_int_equal(avo_join_evidence(&fixture->join, AVO_EVIDENCE_BY_VENDOR, avo_slice_string(EVIDENCE), &fixture->out),
                     AVO_JOIN_TALKING);
    assert_int_equal(hear(fixture), AVO_OK);
}

static void wait_for_view(struct fixture *fixture) {
    prove(fixture);
    say_wait(fixture);
    assert_int_equal(deliver(fixture), AVO_JOIN_WAITING);
}

static void expect_failed(struct fixture *fixture, const char *why) {
    assert_int_equal(deliver(fixture), AVO_JOIN_FAILED);
    assert_non_null(strstr(fixture->join.reason.bytes, why));
    avo_join_finish(&fixture->join);
    static const struct avo_identity wiped;
    assert_memory_equal(&fixture->join.identity, &wiped, sizeof wiped);
}

static void a_good_view_is_adopted(void **state) {
    struct fixture *fixture = *state;
    wait_for_view(fixture);
    struct avo_view view = good_view(fixture);
    say_joined(fixture, &view);
    assert_int_equal(deliver(fixture), AVO_JOIN_DONE);
    assert_int_equal(fixture->join.identity.cluster_secret[0], 0x5e);
    assert_int_equal(fixture->join.identity.view.epoch, 1);
    assert_memory_equal(fixture->join.identity.cas_sign_public, fixture->sign_public, 32);
    assert_int_equal(avo_join_closed(&fixture->join), AVO_JOIN_DONE);
    avo_join_finish(&fixture->join);
    assert_int_equal(fixture->join.identity.cluster_secret[0], 0x5e);
}

static void the_join_says_what_it_was_launched_with(void **state) {
    struct fixture *fixture = *state;
    struct avo_join_request request;
    uint8_t hash[AVO_HASH_BYTES];
    prove(fixture);
    assert_int_equal(avo_join_request_read(fixture->heard, &request), AVO_OK);
    avo_launch_hash(&fixture->launch, hash);
    assert_memory_equal(request.configuration_hash, hash, sizeof hash);
    assert_int_equal(request.worker_count, 2);
    assert_int_equal(request.address.port, 7000);
    assert_true(avo_slice_equal(request.evidence, avo_slice_string(EVIDENCE)));
    assert_memory_equal(fixture->cas.remote_static, fixture->join.identity.channel_key.public, 32);
}

static void bytes_may_come_one_at_a_time(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(hear(fixture), AVO_OK);
    say_hello(fixture);
    for (size_t i = 0; i < fixture->reply.length; i++) {
        struct avo_slice in = avo_slice(fixture->reply.data + i, 1);
        (void)avo_join_read(&fixture->join, &in, &fixture->out);
    }
    assert_int_equal(fixture->join.state, AVO_JOIN_NEED_EVIDENCE);
}

static void a_cas_without_the_pinned_key_learns_nothing(void **state) {
    struct fixture *fixture = *state;
    struct avo_key_pair other;
    avo_key_pair_make(&other, &fixture->random.random);
    avo_secure_stream_respond(&fixture->cas, fixture->aead, &other, avo_slice_string(AVO_CONTROL_PROLOGUE));
    assert_int_equal(hear(fixture), AVO_EAUTH);
    assert_int_equal(fixture->reply.length, 0);
}

static void any_changed_byte_of_the_cas_ends_the_join(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0;; i++) {
        start(fixture);
        assert_int_equal(hear(fixture), AVO_OK);
        say_hello(fixture);
        if (i == fixture->reply.length) {
            break;
        }
        fixture->reply.data[i] ^= 1;
        enum avo_join_state state_after = deliver(fixture);
        assert_true(state_after == AVO_JOIN_FAILED || state_after == AVO_JOIN_TALKING); /* a longer length: waits for more */
        assert_int_equal(fixture->join.lost, state_after == AVO_JOIN_FAILED); /* whoever sits between ends no enclave for good */
    }
}

static void a_view_with_another_signature_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct avo_signed_view signed_view;
    wait_for_view(fixture);
    struct avo_view view = good_view(fixture);
    avo_view_sign(&view, fixture->sign_secret, &signed_view);
    signed_view.bytes[20] ^= 1;
    say_joined_signed(fixture, &signed_view);
    expect_failed(fixture, "does not verify");
}

static void a_proposal_is_not_adoptable(void **state) {
    struct fixture *fixture = *state;
    struct avo_signed_view proposal = {.length = 0};
    wait_for_view(fixture);
    struct avo_view view = good_view(fixture);
    struct avo_writer writer = avo_writer(proposal.bytes, sizeof proposal.bytes);
    avo_view_write(&writer, &view);
    proposal.length = writer.length; /* [V1] the same bytes without the chosen signature */
    say_joined_signed(fixture, &proposal);
    expect_failed(fixture, "does not verify");
}

static void other_key(struct avo_view *view) {
    view->members[0].channel_public_key[0] ^= 1;
}
static void other_address(struct avo_view *view) {
    view->members[0].address.port++;
}
static void other_incarnation(struct avo_view *view) {
    view->epoch = 2;
}
static void other_workers(struct avo_view *view) {
    view->worker_count = 3;
}
static void other_mtu(struct avo_view *view) {
    view->mtu_bytes = 1501;
}
static void other_slot(struct avo_view *view) {
    view->slot_count = 2;
    view->member_count = 2;
    view->members[1] = view->members[0];
    view->members[0].channel_public_key[0] ^= 1;
    view->members[1].slot = 1;
}

static void a_view_that_is_not_for_this_enclave_is_refused(void **state) {
    static void (*const changes[])(struct avo_view *) = {other_key,     other_address, other_incarnation,
                                                         other_workers, other_mtu,     other_slot};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < AVO_COUNT(changes); i++) {
        start(fixture);
        wait_for_view(fixture);
        struct avo_view view = good_view(fixture);
        changes[i](&view);
        say_joined(fixture, &view);
        expect_failed(fixture, "CAS: its view");
    }
}

static void nothing_is_taken_out_of_turn(void **state) {
    struct fixture *fixture = *state;
    greet(fixture); /* a welcome before a JOIN */
    assert_int_equal(avo_join_evidence(&fixture->join, AVO_EVIDENCE_BY_VENDOR, avo_slice_string(EVIDENCE), &fixture->out),
                     AVO_JOIN_TALKING);
    struct avo_view view = good_view(fixture);
    say_joined(fixture, &view);
    expect_failed(fixture, "out of turn");
    start(fixture);
    assert_int_equal(hear(fixture), AVO_OK);
    say_wait(fixture);
    expect_failed(fixture, "out of turn");
    start(fixture);
    prove(fixture);
    say_hello(fixture);
    expect_failed(fixture, "out of turn");
}

static void a_fresh_nonce_is_bound_anew_but_no_new_signing_key(void **state) {
    struct fixture *fixture = *state;
    uint8_t first[64];
    wait_for_view(fixture);
    memcpy(first, fixture->join.report_data, sizeof first);
    fixture->hello.nonce[0] = 8;
    say_hello(fixture);
    assert_int_equal(deliver(fixture), AVO_JOIN_NEED_EVIDENCE);
    assert_memory_not_equal(first, fixture->join.report_data, sizeof first);
    assert_int_equal(avo_join_evidence(&fixture->join, AVO_EVIDENCE_BY_VENDOR, avo_slice_string(EVIDENCE), &fixture->out),
                     AVO_JOIN_TALKING);
    assert_int_equal(hear(fixture), AVO_OK);
    say_wait(fixture);
    assert_int_equal(deliver(fixture), AVO_JOIN_WAITING);
    fixture->hello.cas_sign_public[0] ^= 1;
    say_hello(fixture);
    expect_failed(fixture, "changed its signing key");
}

static void refused_with(struct fixture *fixture, enum avo_error error) {
    uint8_t bytes[256];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_text text = {0};
    prove(fixture);
    avo_text_add_string(&text, "slot 0: taken");
    avo_control_refused_write(&writer, error, &text);
    say(fixture, avo_writer_slice(&writer));
    expect_failed(fixture, "refused to admit this enclave: slot 0: taken");
}

static void a_refusal_is_final_unless_it_says_not_now(void **state) {
    refused_with(*state, AVO_EDENIED);
    assert_false(((struct fixture *)*state)->join.lost);
    start(*state);
    refused_with(*state, AVO_EBUSY);
    assert_true(((struct fixture *)*state)->join.lost);
}

static void a_tee_without_evidence_or_a_lost_connection_fails(void **state) {
    struct fixture *fixture = *state;
    greet(fixture);
    assert_int_equal(avo_join_evidence(&fixture->join, AVO_EVIDENCE_BY_VENDOR, AVO_SLICE_EMPTY, &fixture->out), AVO_JOIN_FAILED);
    start(fixture);
    wait_for_view(fixture);
    assert_int_equal(avo_join_closed(&fixture->join), AVO_JOIN_FAILED);
    assert_true(fixture->join.lost);
}

/* Authentic garbage of the CAS, in every state that takes bytes. */
static void garbage_fails_and_never_joins(void **state) {
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < 2000; i++) {
        uint8_t message[150];
        size_t length = 1 + avo_prng_below(&fixture->random, sizeof message - 1);
        avo_random_fill(&fixture->random.random, message, length);
        message[0] = (uint8_t)(i % 18);
        start(fixture);
        if (i % 3 == 0) {
            assert_int_equal(hear(fixture), AVO_OK);
        } else if (i % 3 == 1) {
            prove(fixture);
        } else {
            wait_for_view(fixture);
        }
        say(fixture, avo_slice(message, length));
        enum avo_join_state after = deliver(fixture);
        assert_int_not_equal(after, AVO_JOIN_DONE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_view_is_adopted, setup, teardown),
        cmocka_unit_test_setup_teardown(the_join_says_what_it_was_launched_with, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_may_come_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cas_without_the_pinned_key_learns_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(any_changed_byte_of_the_cas_ends_the_join, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_with_another_signature_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proposal_is_not_adoptable, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_that_is_not_for_this_enclave_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_taken_out_of_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fresh_nonce_is_bound_anew_but_no_new_signing_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_is_final_unless_it_says_not_now, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tee_without_evidence_or_a_lost_connection_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage_fails_and_never_joins, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
