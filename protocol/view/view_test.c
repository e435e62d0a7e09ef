/* Views: signed and read back, every rule of [V4] and of the limits kept, every flipped bit refused [V1]. */
#include "protocol/testing.h"
#include "protocol/view/ballot.h"
#include "protocol/view/view.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static uint8_t sign_public[32], sign_secret[64];

static struct avo_view view_make(void) {
    struct avo_view view;
    memset(&view, 0, sizeof view);
    memcpy(view.cluster_id, "cluster id 16 by", 16);
    view.epoch = 9;
    view.generation = 3;
    view.resize_epoch = 9;
    view.slot_count = 3;
    view.member_count = 3;
    for (uint8_t i = 0; i < 3; i++) {
        struct avo_member *member = &view.members[i];
        member->slot = i;
        member->role = AVO_ROLE_VOTING;
        member->wire_highest = AVO_WIRE_VERSION;
        member->incarnation = 1 + i;
        memset(member->channel_public_key, 0x40 + i, 32);
        memset(member->address.ip, i, 16);
        member->address.port = (uint16_t)(7000 + 100 * i);
        member->tee = AVO_TEE_SGX;
        member->simulated = i == 1;
        memset(member->measurement, 0x50 + i, 48);
        memset(member->las, 0x60 + i, 32);
    }
    view.policy_version = 4;
    memset(view.policy_hash, 0x70, 32);
    view.worker_count = 2;
    view.mtu_bytes = 1500;
    view.value_max_bytes = AVO_VALUE_MAX_BYTES;
    return view;
}

static size_t encode(const struct avo_view *view, uint8_t *bytes) {
    struct avo_writer writer = avo_writer(bytes, AVO_VIEW_MAX_BYTES);
    avo_view_write(&writer, view);
    assert_false(writer.failed);
    return writer.length;
}

static enum avo_error reread(const struct avo_view *view) {
    uint8_t bytes[AVO_VIEW_MAX_BYTES];
    struct avo_view got;
    return avo_view_read(avo_slice(bytes, encode(view, bytes)), &got);
}

static void round_trip(void **state) {
    (void)state;
    uint8_t bytes[AVO_VIEW_MAX_BYTES + 1];
    struct avo_view view = view_make(), got;
    size_t length = encode(&view, bytes);
    assert_int_equal(avo_view_read(avo_slice(bytes, length), &got), AVO_OK);
    assert_memory_equal(&got, &view, sizeof view);
    bytes[length] = 0;
    assert_int_equal(avo_view_read(avo_slice(bytes, length + 1), &got), AVO_EFORMAT);
    for (size_t cut = 0; cut < length; cut++) {
        assert_int_equal(avo_view_read(avo_slice(bytes, cut), &got), AVO_EFORMAT);
    }
}

#define REFUSED(field, bad)                                                                                                        \
    do {                                                                                                                           \
        struct avo_view changed = view_make();                                                                                     \
        changed.field = (bad);                                                                                                     \
        assert_int_equal(reread(&changed), AVO_EFORMAT);                                                                           \
    } while (0)

static void rules(void **state) {
    (void)state;
    struct avo_view view = view_make();
    assert_int_equal(reread(&view), AVO_OK);
    REFUSED(epoch, 0);
    REFUSED(epoch, 2); /* below an incarnation */
    REFUSED(slot_count, 0);
    REFUSED(slot_count, 2);
    REFUSED(slot_count, AVO_SLOT_MAX_COUNT + 1);
    REFUSED(members[1].slot, 0);
    REFUSED(members[1].slot, 2);
    REFUSED(members[2].slot, AVO_SLOT_MAX_COUNT);
    REFUSED(generation, AVO_GENERATION_MAX + 1);
    REFUSED(resize_epoch, 10);
    REFUSED(members[0].incarnation, 0);
    REFUSED(members[0].role, 0);
    REFUSED(members[0].role, 3);
    REFUSED(members[0].tee, 0);
    REFUSED(members[0].tee, 4);
    REFUSED(members[2].address.port, UINT16_MAX);
    REFUSED(worker_count, 0);
    REFUSED(worker_count, AVO_WORKER_MAX_COUNT + 1);
    REFUSED(mtu_bytes, AVO_MTU_MIN_BYTES - 1);
    REFUSED(mtu_bytes, AVO_MTU_MAX_BYTES + 1);
    REFUSED(value_max_bytes, 0);
    REFUSED(value_max_bytes, AVO_VALUE_MAX_BYTES + 1);
}

/* [V4] No view has fewer voting members than a quorum. */
static void quorum_of_voting_members(void **state) {
    (void)state;
    struct avo_view view = view_make();
    view.members[0].role = AVO_ROLE_JOINING;
    assert_int_equal(reread(&view), AVO_OK);
    view.members[2].role = AVO_ROLE_JOINING;
    assert_int_equal(reread(&view), AVO_EFORMAT);
    view = view_make();
    view.slot_count = 2; /* [V4] one that joins in a new slot is not counted in n */
    assert_int_equal(reread(&view), AVO_EFORMAT);
    view.members[1].role = AVO_ROLE_JOINING;
    assert_int_equal(reread(&view), AVO_OK);
    view.slot_count = 1; /* but one at a time */
    view.members[2].role = AVO_ROLE_JOINING;
    assert_int_equal(reread(&view), AVO_EFORMAT);
    view = view_make();
    view.members[1].slot = 5; /* slots keep their numbers while the group shrinks */
    view.members[2].slot = 8;
    assert_int_equal(reread(&view), AVO_OK);
    view = view_make();
    view.member_count = 2;
    assert_int_equal(reread(&view), AVO_OK);
    view.slot_count = 5;
    assert_int_equal(reread(&view), AVO_EFORMAT);
    for (uint8_t n = 1; n <= AVO_SLOT_MAX_COUNT; n++) {
        view.slot_count = n;
        assert_true(2 * avo_view_quorum(&view) > n && 2 * (avo_view_quorum(&view) - 1) <= n);
    }
}

static void signatures(void **state) {
    (void)state;
    struct avo_signed_view signed_view;
    struct avo_view view = view_make(), got;
    avo_view_sign(&view, sign_secret, &signed_view);
    struct avo_slice bytes = avo_slice(signed_view.bytes, signed_view.length);
    assert_int_equal(avo_view_verify(bytes, sign_public, &got), AVO_OK);
    assert_memory_equal(&got, &view, sizeof view);
    for (size_t i = 0; i < signed_view.length; i++) {
        signed_view.bytes[i] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(avo_view_verify(bytes, sign_public, &got), AVO_EAUTH);
        signed_view.bytes[i] ^= (uint8_t)(1 << i % 8);
    }
    uint8_t other_public[32], other_secret[64], seed[32] = {2};
    crypto_sign_ed25519_seed_keypair(other_public, other_secret, seed);
    assert_int_equal(avo_view_verify(bytes, other_public, &got), AVO_EAUTH);
    assert_int_equal(avo_view_verify(avo_slice(signed_view.bytes, 63), sign_public, &got), AVO_EFORMAT);
    /* A signature over the bare bytes, as for another purpose, is none. */
    crypto_sign_ed25519_detached(signed_view.bytes + signed_view.length - 64, NULL, signed_view.bytes, signed_view.length - 64,
                                 sign_secret);
    assert_int_equal(avo_view_verify(bytes, sign_public, &got), AVO_EAUTH);
}

/* [V1] */
static void adoption(void **state) {
    (void)state;
    struct avo_view current = view_make(), next = view_make();
    assert_int_equal(avo_view_adoptable(NULL, current.cluster_id, &next), AVO_OK);
    assert_int_equal(avo_view_adoptable(&current, current.cluster_id, &next), AVO_ESTALE);
    next.epoch++;
    assert_int_equal(avo_view_adoptable(&current, current.cluster_id, &next), AVO_OK);
    assert_int_equal(avo_view_adoptable(&next, current.cluster_id, &current), AVO_ESTALE);
    next.cluster_id[0] ^= 1;
    assert_int_equal(avo_view_adoptable(&current, current.cluster_id, &next), AVO_EDENIED);
    assert_int_equal(avo_view_adoptable(NULL, current.cluster_id, &next), AVO_EDENIED);
}

static void lookups(void **state) {
    (void)state;
    struct avo_view view = view_make();
    view.members[1] = view.members[2];
    view.member_count = 2;
    assert_ptr_equal(avo_view_member(&view, 2), &view.members[1]);
    assert_null(avo_view_member(&view, 1));
    assert_int_equal(avo_member_address(&view.members[1], 1).port, 7201);
    assert_memory_equal(avo_member_address(&view.members[1], 1).ip, view.members[1].address.ip, 16);
    uint8_t a[32], b[32];
    avo_view_hash(&view, a);
    view.members[0].incarnation++;
    avo_view_hash(&view, b);
    assert_memory_not_equal(a, b, 32);
}

/* They speak the lowest of what each speaks at most, and each speaks the version before that, too. */
static void members_speak_one_version(void **state) {
    (void)state;
    struct avo_view view = view_make();
    assert_int_equal(avo_view_wire(&view), AVO_WIRE_VERSION);
    view.members[1].wire_highest = AVO_WIRE_VERSION + 1;
    assert_int_equal(reread(&view), AVO_OK);
    assert_int_equal(avo_view_wire(&view), AVO_WIRE_VERSION);
    view.members[1].wire_highest = AVO_WIRE_VERSION + 2;
    assert_int_equal(reread(&view), AVO_EFORMAT);
    view.members[0].wire_highest = view.members[2].wire_highest = AVO_WIRE_VERSION + 1;
    assert_int_equal(reread(&view), AVO_OK);
    assert_int_equal(avo_view_wire(&view), AVO_WIRE_VERSION + 1);
    view.members[2].wire_highest = AVO_WIRE_VERSION_FIRST - 1;
    assert_int_equal(reread(&view), AVO_EFORMAT);
    view.members[0].wire_highest = view.members[1].wire_highest = AVO_WIRE_VERSION_FIRST - 1;
    assert_int_equal(reread(&view), AVO_EFORMAT);
    view.member_count = 0;
    assert_int_equal(avo_view_wire(&view), 0);
}

/* SipHash-2-4 of Aumasson and Bernstein (2012), appendix A: key 00..0f, message 00..0e. */
static void worker_of_key(void **state) {
    (void)state;
    uint8_t secret[16], key[15];
    for (uint8_t i = 0; i < 16; i++) {
        secret[i] = i;
    }
    memcpy(key, secret, sizeof key);
    uint64_t expected = 0xa129ca6149be45e5;
    for (uint16_t count = 1; count <= AVO_WORKER_MAX_COUNT; count++) {
        assert_int_equal(avo_key_worker(secret, AVO_SLICE_OF(key), count), expected % count);
    }
}

int main(void) {
    const uint8_t seed[32] = {1};
    crypto_sign_ed25519_seed_keypair(sign_public, sign_secret, seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(rules),
        cmocka_unit_test(quorum_of_voting_members),
        cmocka_unit_test(signatures),
        cmocka_unit_test(adoption),
        cmocka_unit_test(lookups),
        cmocka_unit_test(worker_of_key),
        cmocka_unit_test(members_speak_one_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
