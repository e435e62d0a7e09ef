/* What stands in the clear, byte by byte: headers of packets, and the prologue that binds a session. */
#include "base/wire_testing.h"
#include "protocol/channel/packet.h"
#include "protocol/channel/prologue.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static enum avo_error reread(const struct avo_packet_header *header, struct avo_packet_header *got) {
    uint8_t bytes[AVO_PACKET_HEADER_BYTES];
    avo_packet_header_write(bytes, header);
    return avo_packet_header_read(AVO_SLICE_OF(bytes), got);
}

static void every_kind_is_told_apart(void **state) {
    (void)state;
    for (unsigned kind = AVO_PACKET_PEER; kind <= AVO_PACKET_KIND_MAX; kind++) {
        struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = (enum avo_packet_kind)kind}, got = {0};
        assert_int_equal(reread(&header, &got), AVO_OK);
        assert_int_equal(got.kind, kind);
        /* Of a generation, or acknowledging one: data packets alone. */
        bool data = kind <= AVO_PACKET_DOWN;
        header.generation = 1;
        assert_int_equal(reread(&header, &got), data ? AVO_OK : AVO_EFORMAT);
        header.generation = 0;
        header.acknowledged = 1;
        assert_int_equal(reread(&header, &got), data ? AVO_OK : AVO_EFORMAT);
    }
}

/* What is of a session or of a view is in a version that was agreed on; what comes before that may be a neighbour's. */
static void a_neighbour_is_understood_where_nothing_was_agreed_on(void **state) {
    (void)state;
    const uint8_t own = AVO_WIRE_VERSION + 5;
    avo_wire_testing_speak(own);
    for (unsigned kind = AVO_PACKET_PEER; kind <= AVO_PACKET_KIND_MAX; kind++) {
        bool opening = kind == AVO_PACKET_HELLO || kind == AVO_PACKET_REFUSAL || kind == AVO_PACKET_VIEW;
        struct avo_packet_header header = {.kind = (enum avo_packet_kind)kind}, got = {0};
        for (unsigned version = 1; version <= UINT8_MAX; version++) {
            bool read = version == own || version == own - 1U || (opening && version == own + 1U);
            header.wire_version = (uint8_t)version;
            assert_int_equal(reread(&header, &got), read ? AVO_OK : AVO_EVERSION);
            assert_int_equal(got.wire_version, version);
        }
        header.wire_version = 0;
        assert_int_equal(reread(&header, &got), AVO_EFORMAT);
    }
    avo_wire_testing_speak(AVO_WIRE_VERSION);
}

static void a_prologue_binds_cluster_ticket_and_worker(void **state) {
    (void)state;
    uint8_t prologue[AVO_PROLOGUE_BYTES], cluster_id[AVO_CLUSTER_ID_BYTES], ticket_hash[AVO_HASH_BYTES];
    memset(cluster_id, 0xc1, sizeof cluster_id);
    memset(ticket_hash, 0x7a, sizeof ticket_hash);
    avo_session_prologue(prologue, cluster_id, ticket_hash, 3, 9, 7);
    const uint8_t *at = prologue;
    assert_memory_equal(at, "avocado session v1", 18);
    assert_memory_equal(at + 18, cluster_id, sizeof cluster_id);
    assert_memory_equal(at + 18 + sizeof cluster_id, ticket_hash, sizeof ticket_hash);
    assert_int_equal(prologue[AVO_PROLOGUE_BYTES - 3], 3);
    assert_int_equal(prologue[AVO_PROLOGUE_BYTES - 2], 9);
    assert_int_equal(prologue[AVO_PROLOGUE_BYTES - 1], 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_told_apart),
        cmocka_unit_test(a_neighbour_is_understood_where_nothing_was_agreed_on),
        cmocka_unit_test(a_prologue_binds_cluster_ticket_and_worker),
    };
    return cmocka_run_group_tests_name("channel/header", tests, NULL, NULL);
}
