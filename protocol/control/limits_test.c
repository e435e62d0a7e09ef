/* Control messages at their limits: the last value that is read, and the first that is not. */
#include "base/testing.h"
#include "protocol/control/binding.h"
#include "protocol/control/evidence.h"
#include "protocol/control/join.h"
#include "protocol/control/local.h"
#include "protocol/control/member.h"
#include "protocol/control/recover.h"
#include "protocol/control/resize.h"
#include "protocol/control/status.h"
#include "protocol/view/view.h"
#include <sodium.h>
#include <stdio.h>

static uint8_t memory[AVO_EVIDENCE_MAX_BYTES + 4096];
static uint8_t body[AVO_EVIDENCE_MAX_BYTES + 1];

static enum avo_error refused_read(struct avo_slice said, uint16_t length, struct avo_text *text) {
    enum avo_error error;
    struct avo_writer writer = avo_writer(memory, sizeof memory);
    avo_write_u8(&writer, AVO_CONTROL_REFUSED);
    avo_write_u8(&writer, AVO_EDENIED);
    avo_write_u16(&writer, length);
    avo_write_slice(&writer, said);
    return avo_control_refused_read(avo_writer_slice(&writer), &error, text);
}

static void a_text_is_printable_from_space_to_tilde(void **state) {
    (void)state;
    struct avo_text text;
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t said[] = {'a', (uint8_t)byte, 'z'};
        bool printable = byte >= ' ' && byte <= '~';
        assert_int_equal(refused_read(AVO_SLICE_OF(said), sizeof said, &text), printable ? AVO_OK : AVO_EFORMAT);
        avo_text_clear(&text);
        avo_text_add(&text, AVO_SLICE_OF(said));
        assert_int_equal(text.bytes[1], printable ? (char)byte : '?');
    }
}

static void a_text_has_a_greatest_length(void **state) {
    (void)state;
    static uint8_t said[AVO_TEXT_MAX_BYTES + 1];
    struct avo_text text;
    memset(said, 'x', sizeof said);
    assert_int_equal(refused_read(avo_slice(said, AVO_TEXT_MAX_BYTES), AVO_TEXT_MAX_BYTES, &text), AVO_OK);
    assert_int_equal(text.length, AVO_TEXT_MAX_BYTES);
    assert_int_equal(text.bytes[AVO_TEXT_MAX_BYTES], 0);
    assert_int_equal(refused_read(AVO_SLICE_OF(said), AVO_TEXT_MAX_BYTES + 1, &text), AVO_EFORMAT);
    assert_int_equal(text.length, 0);
    assert_int_equal(refused_read(AVO_SLICE_EMPTY, 0, &text), AVO_OK);
    assert_int_equal(refused_read(avo_slice(said, 2), 3, &text), AVO_EFORMAT);
    assert_int_equal(refused_read(avo_slice(said, 2), 1, &text), AVO_EFORMAT);
}

static void a_refusal_names_an_error(void **state) {
    (void)state;
    enum avo_error error;
    struct avo_text text;
    for (unsigned code = 0; code < 256; code++) {
        const uint8_t bytes[] = {AVO_CONTROL_REFUSED, (uint8_t)code, 0, 0};
        bool known = code != AVO_OK && code < AVO_ERROR_COUNT;
        assert_int_equal(avo_control_refused_read(AVO_SLICE_OF(bytes), &error, &text), known ? AVO_OK : AVO_EFORMAT);
        assert_true(!known || error == code);
    }
}

static void numbers_and_hex_are_written_whole(void **state) {
    (void)state;
    struct avo_text text;
    avo_text_clear(&text);
    avo_text_add_number(&text, 0);
    avo_text_add_string(&text, " ");
    avo_text_add_number(&text, UINT64_MAX);
    avo_text_add_string(&text, " ");
    avo_text_add_hex(&text, avo_slice_string("\x01\xfe"));
    assert_string_equal(text.bytes, "0 18446744073709551615 01fe");
}

static void a_version_is_told_with_ours(void **state) {
    (void)state;
    struct avo_text text;
    char expected[128];
    avo_text_clear(&text);
    avo_text_add_version(&text, 200);
    (void)snprintf(expected, sizeof expected,
                   "speaks wire version 200, this program speaks version %d: upgrade the older of the two", AVO_WIRE_VERSION);
    assert_string_equal(text.bytes, expected);
}

static void a_message_is_of_its_own_type(void **state) {
    (void)state;
    struct avo_slice got;
    for (unsigned type = 0; type < 256; type++) {
        const uint8_t bytes[] = {(uint8_t)type, 1};
        assert_int_equal(avo_control_empty_read(avo_slice(bytes, 1), AVO_CONTROL_WAIT),
                         type == AVO_CONTROL_WAIT ? AVO_OK : AVO_EFORMAT);
        assert_int_equal(avo_control_bytes_read(AVO_SLICE_OF(bytes), AVO_CONTROL_VIEW, 1, &got),
                         type == AVO_CONTROL_VIEW ? AVO_OK : AVO_EFORMAT);
    }
}

static void a_configuration_is_told(void **state) {
    (void)state;
    struct avo_configuration told = {0x01020304, 0x050607080910ULL};
    struct avo_configuration got = {0};
    struct avo_writer writer = avo_writer(memory, sizeof memory);
    avo_adopted_write(&writer, told);
    assert_int_equal(avo_adopted_read(avo_writer_slice(&writer), &got), AVO_OK);
    assert_int_equal(avo_configuration_compare(got, told), 0);
    memory[0] = AVO_CONTROL_WAIT;
    assert_int_equal(avo_adopted_read(avo_writer_slice(&writer), &got), AVO_EFORMAT);
}

static enum avo_error join_read(uint8_t slot, uint8_t kind, size_t evidence_bytes) {
    struct avo_join_request request = {.wire_highest = AVO_WIRE_VERSION,
                                       .slot = slot,
                                       .kind = (enum avo_evidence_kind)kind,
                                       .evidence = avo_slice(body, evidence_bytes)},
                            got;
    struct avo_writer writer = avo_writer(memory, sizeof memory);
    avo_join_request_write(&writer, &request);
    return avo_join_request_read(avo_writer_slice(&writer), &got);
}

static void a_join_has_a_slot_that_can_be_and_evidence_of_a_kind_and_length(void **state) {
    (void)state;
    for (uint8_t kind = 0; kind < 5; kind++) {
        bool known = kind >= AVO_EVIDENCE_BY_VENDOR && kind <= AVO_EVIDENCE_BY_LAS;
        assert_int_equal(join_read(0, kind, 1), known ? AVO_OK : AVO_EFORMAT);
    }
    assert_int_equal(join_read(AVO_SLOT_MAX_COUNT - 1, AVO_EVIDENCE_BY_LAS, 1), AVO_OK);
    assert_int_equal(join_read(AVO_SLOT_MAX_COUNT, AVO_EVIDENCE_BY_LAS, 1), AVO_EFORMAT);
    assert_int_equal(join_read(UINT8_MAX, AVO_EVIDENCE_BY_LAS, 1), AVO_EFORMAT);
    static const size_t lengths[] = {0, 1, AVO_EVIDENCE_MAX_BYTES, AVO_EVIDENCE_MAX_BYTES + 1};
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        struct avo_evidence_reply reply = {.tee = AVO_TEE_SGX, .evidence = avo_slice(body, lengths[i])}, got;
        struct avo_writer writer = avo_writer(memory, sizeof memory);
        avo_evidence_reply_write(&writer, &reply);
        enum avo_error expected = i == 1 || i == 2 ? AVO_OK : AVO_EFORMAT;
        assert_int_equal(avo_evidence_reply_read(avo_writer_slice(&writer), &got), expected);
        assert_int_equal(join_read(0, AVO_EVIDENCE_BY_VENDOR, lengths[i]), expected);
    }
}

static void a_recovery_is_read_as_it_was_written(void **state) {
    (void)state;
    static uint8_t bytes[AVO_RECOVER_MAX_BYTES + 1], wrapped[AVO_RECOVERY_MAX_BYTES + 1];
    static const size_t lengths[] = {0, 1, AVO_RECOVERY_MAX_BYTES, AVO_RECOVERY_MAX_BYTES + 1};
    struct avo_recover recover = {.secret = {1}, .cas_public = {2}, .cluster_id = {3}}, got;
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        bool fits = i == 1 || i == 2;
        recover.wrapped = avo_slice(wrapped, lengths[i]);
        struct avo_writer writer = avo_writer(bytes, sizeof bytes);
        avo_recover_write(&writer, &recover);
        assert_int_equal(avo_recover_read(avo_writer_slice(&writer), &got), fits ? AVO_OK : AVO_EFORMAT);
        assert_memory_equal(got.secret, recover.secret, sizeof got.secret);
        assert_memory_equal(got.cas_public, recover.cas_public, sizeof got.cas_public);
        assert_memory_equal(got.cluster_id, recover.cluster_id, sizeof got.cluster_id);
        assert_true(!fits || got.wrapped.length == lengths[i]);
    }
    assert_int_equal(avo_recover_read(avo_slice(bytes, 1 + 32 + 32 + 15), &got), AVO_EFORMAT);
}

static void bodies_have_a_greatest_length(void **state) {
    (void)state;
    static const size_t lengths[] = {0, 1, AVO_VIEW_MAX_BYTES, AVO_VIEW_MAX_BYTES + 1};
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        enum avo_error expected = i == 1 || i == 2 ? AVO_OK : AVO_EFORMAT;
        struct avo_joined joined = {.signed_view = avo_slice(body, lengths[i])}, got;
        struct avo_slice view;
        struct avo_writer writer = avo_writer(memory, sizeof memory);
        avo_joined_write(&writer, &joined);
        assert_int_equal(avo_joined_read(avo_writer_slice(&writer), &got), expected);
        writer = avo_writer(memory, sizeof memory);
        avo_control_bytes_write(&writer, AVO_CONTROL_VIEW, avo_slice(body, lengths[i]));
        assert_int_equal(avo_control_bytes_read(avo_writer_slice(&writer), AVO_CONTROL_VIEW, AVO_VIEW_MAX_BYTES, &view), expected);
    }
}

static enum avo_error status_read(uint8_t phase, uint8_t slot_count, uint8_t joined) {
    static struct avo_genesis_status status;
    const uint8_t head[] = {AVO_CONTROL_STATUS, phase, 0, 0, 0, 1, 0, 0, 0, 0, slot_count};
    struct avo_writer writer = avo_writer(memory, sizeof memory);
    avo_write_slice(&writer, AVO_SLICE_OF(head));
    for (uint8_t i = 0; i < slot_count; i++) {
        avo_write_u8(&writer, joined);
        avo_write_u16(&writer, 0);
    }
    return avo_genesis_status_read(avo_writer_slice(&writer), &status);
}

static void a_status_has_phases_slots_and_flags(void **state) {
    (void)state;
    for (uint8_t phase = 0; phase < 10; phase++) {
        bool known = phase >= AVO_GENESIS_NO_POLICY && phase <= AVO_GENESIS_FORMED;
        assert_int_equal(status_read(phase, 0, 0), known ? AVO_OK : AVO_EFORMAT);
    }
    assert_int_equal(status_read(AVO_GENESIS_NO_POLICY, AVO_SLOT_MAX_COUNT, 0), AVO_OK);
    assert_int_equal(status_read(AVO_GENESIS_NO_POLICY, AVO_SLOT_MAX_COUNT + 1, 0), AVO_EFORMAT);
    assert_int_equal(status_read(AVO_GENESIS_NO_POLICY, 1, 2), AVO_EFORMAT);
}

/* What a CAS and a LAS are configured with: a tag of the kind, then the key, and of a CAS its recovery key. */
static void a_configuration_hash_is_of_one_kind_and_key(void **state) {
    (void)state;
    uint8_t key[AVO_PUBLIC_KEY_BYTES], hash[AVO_HASH_BYTES], expected[AVO_HASH_BYTES];
    uint8_t recovery[AVO_PUBLIC_KEY_BYTES];
    uint8_t bytes[28 + sizeof key + sizeof recovery];
    memset(key, 'k', sizeof key);
    memset(recovery, 'r', sizeof recovery);
    memset(bytes, 'k', sizeof bytes);
    memset(bytes + 28 + sizeof key, 'r', sizeof recovery);
    memcpy(bytes, "avocado cas configuration v2", 28);
    crypto_hash_sha256(expected, bytes, sizeof bytes);
    avo_cas_configuration_hash(key, recovery, hash);
    assert_memory_equal(hash, expected, sizeof hash);
    memcpy(bytes, "avocado las configuration v1", 28);
    crypto_hash_sha256(expected, bytes, 28 + sizeof key);
    avo_las_configuration_hash(key, hash);
    assert_memory_equal(hash, expected, sizeof hash);
}

static void resize_takes_a_change_and_a_slot_that_there_may_be(void **state) {
    (void)state;
    static const uint8_t wrong[][3] = {{AVO_CONTROL_RESIZE, 0, 1},
                                       {AVO_CONTROL_RESIZE, 3, 1},
                                       {AVO_CONTROL_RESIZE, 1, AVO_SLOT_MAX_COUNT},
                                       {AVO_CONTROL_JOIN, 1, 1}};
    uint8_t bytes[AVO_RESIZE_BYTES + 1] = {0};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_resize_request sent = {AVO_RESIZE_REMOVE, 4}, got;
    avo_resize_request_write(&writer, &sent);
    assert_int_equal(writer.length, AVO_RESIZE_BYTES);
    assert_int_equal(avo_resize_request_read(avo_writer_slice(&writer), &got), AVO_OK);
    assert_int_equal(got.change, AVO_RESIZE_REMOVE);
    assert_int_equal(got.slot, 4);
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        assert_int_equal(avo_resize_request_read(avo_slice(wrong[i], 3), &got), AVO_EFORMAT);
    }
    assert_int_equal(avo_resize_request_read(avo_slice(bytes, AVO_RESIZE_BYTES + 1), &got), AVO_EFORMAT);
    assert_int_equal(avo_resize_request_read(avo_slice(bytes, AVO_RESIZE_BYTES - 1), &got), AVO_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resize_takes_a_change_and_a_slot_that_there_may_be),
        cmocka_unit_test(a_text_is_printable_from_space_to_tilde),
        cmocka_unit_test(a_text_has_a_greatest_length),
        cmocka_unit_test(a_refusal_names_an_error),
        cmocka_unit_test(numbers_and_hex_are_written_whole),
        cmocka_unit_test(a_version_is_told_with_ours),
        cmocka_unit_test(a_configuration_is_told),
        cmocka_unit_test(a_message_is_of_its_own_type),
        cmocka_unit_test(a_join_has_a_slot_that_can_be_and_evidence_of_a_kind_and_length),
        cmocka_unit_test(a_recovery_is_read_as_it_was_written),
        cmocka_unit_test(bodies_have_a_greatest_length),
        cmocka_unit_test(a_status_has_phases_slots_and_flags),
        cmocka_unit_test(a_configuration_hash_is_of_one_kind_and_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
