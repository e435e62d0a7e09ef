/* The payloads of HELLO and WELCOME: they come back equal; every truncation, every extension and every forbidden field is refused.
 */
#include "base/limits.h"
#include "protocol/testing.h"
#include "protocol/wire/greeting.h"
#include "protocol/wire/welcome.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static void greetings(void **state) {
    struct avo_prng *prng = *state;
    uint8_t bytes[AVO_GREETING_MAX_BYTES + 1] = {0}, ticket[AVO_TICKET_MAX_BYTES];
    avo_random_fill(&prng->random, ticket, sizeof ticket);
    struct avo_greeting greeting = {.number = 5, .former = {7, UINT32_MAX}, .signed_ticket = AVO_SLICE_OF(ticket)}, got;
    struct avo_writer writer = avo_writer(bytes, AVO_GREETING_MAX_BYTES);
    avo_greeting_write(&writer, &greeting);
    assert_int_equal(avo_greeting_read(avo_writer_slice(&writer), &got), AVO_OK);
    assert_int_equal(got.number, 5);
    assert_int_equal(got.former.node_number, 7);
    assert_int_equal(got.former.client_number, UINT32_MAX);
    assert_true(avo_slice_equal(got.signed_ticket, greeting.signed_ticket));
    assert_int_equal(avo_greeting_read(AVO_SLICE_OF(bytes), &got), AVO_EFORMAT);
    for (size_t cut = 0; cut < 12; cut++) {
        assert_int_equal(avo_greeting_read(avo_slice(bytes, cut), &got), AVO_EFORMAT);
    }
    assert_int_equal(avo_greeting_read(avo_slice(bytes, 12), &got), AVO_OK); /* whether it is a ticket is the ticket's to say */
    assert_int_equal(got.signed_ticket.length, 0);
}

static void welcomes(void **state) {
    struct avo_prng *prng = *state;
    uint8_t bytes[AVO_WELCOME_BYTES + 1] = {0};
    struct avo_welcome welcome, got;
    memset(&welcome, 0, sizeof welcome); /* compared whole, gaps and all */
    memset(&got, 0, sizeof got);
    welcome.number = 9;
    welcome.worker_count = 2;
    welcome.mtu_bytes = 1500;
    welcome.value_max_bytes = AVO_VALUE_MAX_BYTES;
    welcome.epoch = 7;
    welcome.admitted_below = 1ULL << 40;
    welcome.wire_version = AVO_WIRE_VERSION;
    avo_random_fill(&prng->random, welcome.key_secret, sizeof welcome.key_secret);
    struct avo_writer writer = avo_writer(bytes, AVO_WELCOME_BYTES);
    avo_welcome_write(&writer, &welcome);
    assert_int_equal(avo_welcome_read(avo_writer_slice(&writer), &got), AVO_OK);
    assert_memory_equal(&got, &welcome, sizeof got);
    for (size_t cut = 0; cut < AVO_WELCOME_BYTES; cut++) {
        assert_int_equal(avo_welcome_read(avo_slice(bytes, cut), &got), AVO_EFORMAT);
    }
    assert_int_equal(avo_welcome_read(AVO_SLICE_OF(bytes), &got), AVO_EFORMAT);
    bytes[AVO_KEY_SECRET_BYTES + 4] = AVO_WORKER_MAX_COUNT + 1;
    assert_int_equal(avo_welcome_read(avo_writer_slice(&writer), &got), AVO_EFORMAT);
}

int main(void) {
    struct avo_prng prng = avo_prng(testing_seed());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(greetings, &prng),
        cmocka_unit_test_prestate(welcomes, &prng),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
