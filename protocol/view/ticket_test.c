/* Tickets: signed and read back, tampered, and shown where they do not belong. */
#include "protocol/testing.h"
#include "protocol/view/signature.h"
#include "protocol/view/ticket.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static uint8_t sign_public[32], sign_secret[64];

static struct avo_ticket ticket_make(void) {
    struct avo_ticket ticket;
    memset(&ticket, 0, sizeof ticket);
    memcpy(ticket.cluster_id, "cluster id 16 by", 16);
    memset(ticket.public_key, 7, 32);
    ticket.rights = AVO_RIGHT_READ | AVO_RIGHT_WRITE;
    ticket.expires_s = 1000;
    ticket.policy_version = 5;
    ticket.name_length = 5;
    memcpy(ticket.name, "alice", 5);
    return ticket;
}

static void round_trip(void **state) {
    (void)state;
    uint8_t bytes[AVO_TICKET_MAX_BYTES];
    struct avo_ticket ticket = ticket_make(), got;
    for (uint8_t length = 0; length <= AVO_USER_NAME_MAX_BYTES; length++) {
        memset(ticket.name, 0, sizeof ticket.name);
        memset(ticket.name, 'n', length);
        ticket.name_length = length;
        size_t signed_length = avo_ticket_sign(&ticket, sign_secret, bytes);
        assert_true(signed_length <= AVO_TICKET_MAX_BYTES);
        assert_int_equal(avo_ticket_verify(avo_slice(bytes, signed_length), sign_public, &got), AVO_OK);
        assert_memory_equal(&got, &ticket, sizeof got);
    }
}

static void tampering(void **state) {
    (void)state;
    uint8_t bytes[AVO_TICKET_MAX_BYTES + 1] = {0};
    struct avo_ticket ticket = ticket_make(), got;
    size_t length = avo_ticket_sign(&ticket, sign_secret, bytes);
    for (size_t bit = 0; bit < 8 * length; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(avo_ticket_verify(avo_slice(bytes, length), sign_public, &got), AVO_EAUTH);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < length; cut++) {
        assert_int_not_equal(avo_ticket_verify(avo_slice(bytes, cut), sign_public, &got), AVO_OK);
    }
    assert_int_equal(avo_ticket_verify(AVO_SLICE_OF(bytes), sign_public, &got), AVO_EFORMAT);
}

/* Signed, yet no ticket: unknown rights, a name longer than it says, and what was signed as something else. */
static void signed_nonsense(void **state) {
    (void)state;
    uint8_t bytes[AVO_TICKET_MAX_BYTES];
    struct avo_ticket ticket = ticket_make(), got;
    ticket.rights = 8;
    size_t length = avo_ticket_sign(&ticket, sign_secret, bytes);
    assert_int_equal(avo_ticket_verify(avo_slice(bytes, length), sign_public, &got), AVO_EFORMAT);
    ticket = ticket_make();
    length = avo_ticket_sign(&ticket, sign_secret, bytes) - AVO_SIGNATURE_BYTES;
    for (int lie = -1; lie <= 1; lie += 2) {
        bytes[length - 6] = (uint8_t)(5 + lie);
        avo_signature_make(bytes + length, "avocado ticket v1", avo_slice(bytes, length), sign_secret);
        assert_int_equal(avo_ticket_verify(avo_slice(bytes, length + AVO_SIGNATURE_BYTES), sign_public, &got), AVO_EFORMAT);
    }
    bytes[length - 6] = 5;
    avo_signature_make(bytes + length, "avocado view chosen v2", avo_slice(bytes, length), sign_secret);
    assert_int_equal(avo_ticket_verify(avo_slice(bytes, length + AVO_SIGNATURE_BYTES), sign_public, &got), AVO_EAUTH);
}

static void admission(void **state) {
    (void)state;
    struct avo_ticket ticket = ticket_make();
    uint8_t cluster_id[16], key[32];
    memcpy(cluster_id, ticket.cluster_id, 16);
    memcpy(key, ticket.public_key, 32);
    assert_int_equal(avo_ticket_admits(&ticket, cluster_id, 5, 999, key), AVO_OK);
    assert_int_equal(avo_ticket_admits(&ticket, cluster_id, 4, 0, key), AVO_OK);
    assert_int_equal(avo_ticket_admits(&ticket, cluster_id, 5, 1000, key), AVO_EEXPIRED);
    assert_int_equal(avo_ticket_admits(&ticket, cluster_id, 6, 1, key), AVO_EEXPIRED);
    key[31] ^= 1;
    assert_int_equal(avo_ticket_admits(&ticket, cluster_id, 5, 1, key), AVO_EDENIED);
    assert_int_equal(avo_ticket_admits(&ticket, cluster_id, 5, 1000, key), AVO_EDENIED); /* renewing it would not help */
    key[31] ^= 1;
    cluster_id[0] ^= 1;
    assert_int_equal(avo_ticket_admits(&ticket, cluster_id, 5, 1, key), AVO_EDENIED);
}

static void the_newer_is_of_the_newer_policy_then_of_the_later_date(void **state) {
    (void)state;
    struct avo_ticket ticket = ticket_make(), other = ticket_make();
    assert_false(avo_ticket_newer(&other, &ticket));
    other.expires_s++;
    assert_true(avo_ticket_newer(&other, &ticket));
    assert_false(avo_ticket_newer(&ticket, &other));
    ticket.policy_version++;
    assert_true(avo_ticket_newer(&ticket, &other));
    assert_false(avo_ticket_newer(&other, &ticket));
}

int main(void) {
    const uint8_t seed[32] = {1};
    crypto_sign_ed25519_seed_keypair(sign_public, sign_secret, seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(tampering),
        cmocka_unit_test(signed_nonsense),
        cmocka_unit_test(admission),
        cmocka_unit_test(the_newer_is_of_the_newer_policy_then_of_the_later_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
