/* The whole way of a steward's bytes: the control stream of a region, whose other end a host of the test holds; the machine's
 * answers; the mailboxes of the workers. */
#include "boundary/relay.h"
#include "trusted/steward/driver.h"
#include "trusted/steward/scene.h"
#include <string.h>

#define ARENA_BYTES (1U << 20)

struct door {
    struct scene *scene; /* its CAS; its own steward is not used */
    uint8_t *region;
    uint8_t *memory;
    struct avo_driver *driver;
    struct avo_machine machine;
    enum avo_error machine_error;
    uint32_t evidence_count;
    uint32_t report_count;
    char said[1024];
    enum avo_ending ending; /* 0: it lives */
    struct avo_stream_end to_enclave, from_enclave;
    struct avo_relay_reader reader;
    struct avo_relay_writer writer;
    char frames[256]; /* what came but BYTES */
    uint8_t las[AVO_LOCAL_MAX_BYTES];
    size_t las_length;
};

static enum avo_error evidence(void *context, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *to) {
    struct door *door = context;
    door->evidence_count++;
    assert_int_equal(to->capacity, AVO_EVIDENCE_MAX_BYTES);
    memset(to->data, report_data[0], to->capacity);
    to->length = to->capacity; /* the largest there is */
    return door->machine_error;
}

static enum avo_error report(void *context, const uint8_t target[AVO_LOCAL_TARGET_BYTES],
                             const uint8_t report_data[AVO_BINDING_BYTES], uint8_t to[AVO_LOCAL_REPORT_MESSAGE_BYTES]) {
    struct door *door = context;
    door->report_count++;
    memset(to, report_data[0], AVO_LOCAL_REPORT_MESSAGE_BYTES);
    to[0] = target[0];
    return door->machine_error;
}

static void say(void *context, enum avo_log_level level, const char *text) {
    struct door *door = context;
    size_t used = strlen(door->said);
    (void)snprintf(door->said + used, sizeof door->said - used, "%d %s\n", (int)level, text);
}

static void end(void *context, enum avo_ending status, const char *text) {
    struct door *door = context;
    assert_int_equal(door->ending, 0);
    door->ending = status;
    say(context, AVO_LOG_ERROR, text);
}

static struct door *door_make(uint32_t stream_bytes, bool via_las) {
    struct door *door = calloc(1, sizeof *door);
    door->scene = scene_make();
    door->scene->launch.layout.stream_bytes = stream_bytes;
    door->scene->launch.via_las = via_las;
    const struct avo_region_layout *layout = &door->scene->launch.layout;
    door->region = aligned_alloc(AVO_CACHE_LINE_BYTES, avo_region_bytes(layout));
    door->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, ARENA_BYTES);
    memset(door->region, 0, avo_region_bytes(layout));
    memset(door->memory, 0, ARENA_BYTES);
    avo_region_format(door->region, layout);
    door->to_enclave = avo_region_stream_inbound(door->region, layout);
    door->from_enclave = avo_region_stream_outbound(door->region, layout);
    door->machine = (struct avo_machine){door, evidence, report, say, end};
    struct avo_arena arena = avo_arena(door->memory, ARENA_BYTES);
    struct avo_driver_config config = {
        .region = door->region,
        .steward = {&door->scene->launch, AVO_TEE_SGX, door->scene->aead, &door->scene->random.random},
        .machine = &door->machine};
    door->driver = avo_driver_create(&arena, &config);
    assert_non_null(door->driver);
    return door;
}

static void door_free(struct door *door) {
    scene_free(door->scene);
    free(door->region);
    free(door->memory);
    free(door);
}

/* What the enclave put into the stream: bytes for the CAS lie in the scene, the rest is noted. */
static void take(struct door *door) {
    struct avo_relay_frame frame;
    struct avo_buffer *out = &door->scene->out;
    while (avo_relay_read(&door->reader, &door->from_enclave, &frame) == AVO_OK) {
        size_t used = strlen(door->frames);
        if (frame.kind == AVO_RELAY_BYTES) {
            avo_copy(out->data + out->length, out->capacity - out->length, frame.bytes);
            out->length += frame.bytes.length;
            continue;
        }
        (void)snprintf(door->frames + used, sizeof door->frames - used, "%s ", frame.kind == AVO_RELAY_CLOSED ? "CLOSED" : "LAS");
        if (frame.kind == AVO_RELAY_LAS) {
            avo_copy(door->las, sizeof door->las, frame.bytes);
            door->las_length = frame.bytes.length;
        }
    }
}

static void pump(struct door *door) {
    bool more = true;
    while (more) {
        more = avo_driver_poll(door->driver);
        size_t before = door->from_enclave.own_index;
        take(door);
        more |= before != door->from_enclave.own_index;
    }
}

static void put(struct door *door, enum avo_relay_kind kind, struct avo_slice bytes) {
    while (!avo_relay_write(&door->writer, &door->to_enclave, kind, bytes)) {
        pump(door);
    }
    while (!avo_relay_flush(&door->writer, &door->to_enclave)) {
        pump(door);
    }
    pump(door);
}

/* What the CAS said goes in, in pieces. */
static void deliver(struct door *door) {
    struct avo_buffer *reply = &door->scene->reply;
    for (size_t at = 0; at < reply->length; at += 1000) {
        size_t left = reply->length - at;
        put(door, AVO_RELAY_BYTES, avo_slice(reply->data + at, left < 1000 ? left : 1000));
    }
    reply->length = 0;
}

static void opened(struct door *door) {
    struct scene *scene = door->scene;
    scene->out.length = 0;
    scene->reply.length = 0;
    avo_secure_stream_respond(&scene->cas, scene->aead, &scene->cas_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
    put(door, AVO_RELAY_OPENED, AVO_SLICE_EMPTY);
    assert_int_equal(scene_hear(scene), AVO_OK);
}

static void greeted(struct door *door) {
    opened(door);
    scene_say_hello(door->scene);
    deliver(door);
}

static void joined(struct door *door) {
    struct scene *scene = door->scene;
    greeted(door);
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say_wait(scene);
    deliver(door);
    assert_null(avo_driver_identity(door->driver));
    struct avo_view view = scene_view(scene);
    memcpy(view.members[0].channel_public_key, scene->cas.remote_static, 32);
    scene_say_joined(scene, &view);
    deliver(door);
    assert_non_null(avo_driver_identity(door->driver));
}

/* Streams that hold one frame at a time, and evidence as large as can be: everything passes, in pieces. */
static void an_enclave_joins_through_a_door_of_any_size(void **state) {
    (void)state;
    static const uint32_t sizes[] = {64, 4096, 65536};
    for (size_t i = 0; i < AVO_COUNT(sizes); i++) {
        struct door *door = door_make(sizes[i], false);
        struct avo_join_request request;
        joined(door);
        assert_int_equal(door->evidence_count, 1);
        assert_string_equal(door->frames, ""); /* the connection stays */
        assert_int_equal(avo_join_request_read(door->scene->heard, &request), AVO_OK);
        assert_int_equal(request.evidence.length, AVO_EVIDENCE_MAX_BYTES);
        assert_int_equal(request.kind, AVO_EVIDENCE_BY_VENDOR);
        assert_string_equal(door->said, "6 slot 0: at the CAS: waiting for its policy, or for the other members\n");
        put(door, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY);
        assert_string_equal(door->frames, ""); /* the host opens another by itself */
        assert_int_equal(door->ending, 0);
        door_free(door);
    }
}

static void las_says(struct door *door, enum avo_local_type type, struct avo_slice body) {
    uint8_t bytes[AVO_LOCAL_MAX_BYTES];
    struct avo_local_message asked;
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    assert_int_equal(avo_local_read(avo_slice(door->las, door->las_length), &asked), AVO_OK);
    avo_local_write(&writer, type, asked.id, body);
    put(door, AVO_RELAY_LAS, avo_writer_slice(&writer));
}

static void a_las_vouches_for_it(void **state) {
    (void)state;
    struct door *door = door_make(4096, true);
    static const uint8_t target[AVO_LOCAL_TARGET_BYTES] = {0x55};
    static const uint8_t voucher[AVO_VOUCHER_BYTES] = {0x66};
    struct avo_local_message asked;
    struct avo_join_request request;
    greeted(door);
    assert_string_equal(door->frames, "LAS ");
    assert_string_equal(door->said, "6 slot 0: at the CAS: asks the LAS of this machine to vouch for it\n");
    las_says(door, AVO_LOCAL_TARGET, AVO_SLICE_OF(target));
    assert_int_equal(door->report_count, 1);
    assert_int_equal(avo_local_read(avo_slice(door->las, door->las_length), &asked), AVO_OK);
    assert_true(asked.type == AVO_LOCAL_REPORT && asked.body.data[0] == 0x55);
    las_says(door, AVO_LOCAL_VOUCHER, AVO_SLICE_OF(voucher));
    assert_int_equal(scene_hear(door->scene), AVO_OK);
    assert_int_equal(avo_join_request_read(door->scene->heard, &request), AVO_OK);
    assert_true(request.kind == AVO_EVIDENCE_BY_LAS && avo_slice_equal(request.evidence, AVO_SLICE_OF(voucher)));
    assert_int_equal(door->evidence_count, 0);
    door_free(door);
}

/* What the LAS answers to a connection that is gone makes no JOIN of the next. */
static void an_answer_for_a_connection_that_is_gone_is_dropped(void **state) {
    (void)state;
    struct door *door = door_make(4096, true);
    static const uint8_t target[AVO_LOCAL_TARGET_BYTES];
    greeted(door);
    put(door, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY);
    las_says(door, AVO_LOCAL_TARGET, AVO_SLICE_OF(target));
    opened(door);
    las_says(door, AVO_LOCAL_TARGET, AVO_SLICE_OF(target));
    assert_int_equal(door->report_count, 0);
    door_free(door);
}

static void a_las_that_refuses_ends_it(void **state) {
    (void)state;
    struct door *door = door_make(4096, true);
    static const uint8_t refusal[] = {2, 0, 'n', 'o'};
    greeted(door);
    door->scene->out.length = 0;
    las_says(door, AVO_LOCAL_REFUSED, AVO_SLICE_OF(refusal));
    assert_int_equal(door->ending, AVO_ENDING_LAS);
    assert_non_null(strstr(door->said, "3 slot 0: the LAS would not vouch for this enclave: no\n"));
    put(door, AVO_RELAY_OPENED, AVO_SLICE_EMPTY); /* nothing more is done */
    assert_false(avo_driver_poll(door->driver));
    assert_int_equal(door->scene->out.length, 0);
    door_free(door);
}

static void a_cpu_that_gives_nothing_ends_it(void **state) {
    (void)state;
    static const uint8_t target[AVO_LOCAL_TARGET_BYTES];
    struct door *door = door_make(4096, false);
    door->machine_error = AVO_EIO;
    greeted(door);
    assert_int_equal(door->ending, AVO_ENDING_REFUSED);
    assert_non_null(strstr(door->said, "4 slot 0: the CPU gave no evidence: "));
    assert_non_null(strstr(door->said, "3 slot 0: TEE: it gave no evidence: look at the log of the node\n"));
    door_free(door);
    door = door_make(4096, true);
    door->machine_error = AVO_EIO;
    greeted(door);
    las_says(door, AVO_LOCAL_TARGET, AVO_SLICE_OF(target));
    assert_int_equal(door->ending, AVO_ENDING_MACHINE);
    assert_non_null(strstr(door->said, "3 slot 0: the CPU gave no report: "));
    door_free(door);
}

static void a_host_that_breaks_the_rules_of_the_stream_ends_it(void **state) {
    (void)state;
    struct door *door = door_make(4096, false);
    assert_int_equal(avo_stream_write(&door->to_enclave, avo_slice_string("garbage")), 7);
    pump(door);
    assert_int_equal(door->ending, AVO_ENDING_MACHINE);
    assert_string_equal(door->said, "3 slot 0: the host breaks the rules of the control stream\n");
    assert_false(avo_driver_poll(door->driver));
    door_free(door);
}

/* What stands between may break a connection as often as it likes; the log has it at powers of two. */
static void a_broken_connection_is_tried_again_for_ever(void **state) {
    (void)state;
    struct door *door = door_make(4096, false);
    for (int i = 0; i < 9; i++) {
        opened(door);
        door->frames[0] = '\0';
        scene_say_hello(door->scene);
        door->scene->reply.data[door->scene->reply.length - 1] ^= 1;
        deliver(door);
        assert_string_equal(door->frames, "CLOSED ");
        put(door, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY);
    }
    assert_int_equal(door->ending, 0);
    assert_non_null(strstr(door->said, "; trying again (8 times so far)\n"));
    assert_null(strstr(door->said, "(9 times so far)"));
    assert_null(strstr(door->said, "(3 times so far)"));
    joined(door);
    door_free(door);
}

/* A CAS made for another key says nothing; a few times may be chance. */
static void a_cas_that_hangs_up_without_a_word_is_said_after_a_while(void **state) {
    (void)state;
    struct door *door = door_make(4096, false);
    static const uint32_t said[] = {0, 0, 1, 2, 2, 3, 3, 3, 3, 4}; /* after so many: the third, and powers of two from there */
    for (size_t i = 0; i < AVO_COUNT(said); i++) {
        opened(door);
        put(door, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY);
        uint32_t count = 0;
        for (const char *at = door->said; (at = strstr(at, "it hangs up without proving the pinned key")) != NULL; at++) {
            count++;
        }
        assert_int_equal(count, said[i]);
    }
    opened(door);
    door->scene->reply.length = 1; /* a word */
    deliver(door);
    door->said[0] = '\0';
    put(door, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY);
    assert_string_equal(door->said, "4 slot 0: CAS: the connection ended before this enclave was a member; trying again\n");
    door->said[0] = '\0';
    opened(door);
    put(door, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY);
    assert_string_equal(door->said, ""); /* counted from the beginning again */
    door_free(door);
}

static void letters_pass_between_steward_and_workers(void **state) {
    (void)state;
    struct door *door = door_make(4096, false);
    struct scene *scene = door->scene;
    uint32_t epoch = 0;
    joined(door);
    struct avo_view view = avo_driver_identity(door->driver)->view;
    view.epoch = 2;
    scene_say_view(scene, &view);
    deliver(door);
    for (uint32_t i = 0; i < SCENE_WORKERS; i++) {
        struct avo_mailboxes *boxes = avo_driver_mailboxes(door->driver, i);
        const struct avo_letter *letter = avo_mailbox_next(&boxes->to_worker);
        assert_non_null(letter);
        assert_int_equal(letter->kind, AVO_LETTER_VIEW);
        assert_int_equal(
            avo_view_verify(avo_slice(letter->signed_view.bytes, letter->signed_view.length), scene->sign_public, &view), AVO_OK);
        assert_int_equal(view.epoch, 2);
        avo_mailbox_release(&boxes->to_worker);
        assert_null(avo_mailbox_next(&boxes->to_worker));
        struct avo_letter adopted = {.kind = AVO_LETTER_ADOPTED, .epoch = 2}, synced = {.kind = AVO_LETTER_SYNCED, .epoch = 2};
        assert_true(avo_mailbox_post(&boxes->to_steward, &adopted) && avo_mailbox_post(&boxes->to_steward, &synced));
    }
    assert_true(avo_driver_poll(door->driver));
    pump(door);
    assert_int_equal(scene_hear(scene), AVO_OK);
    assert_int_equal(avo_synced_read(scene->heard, &epoch), AVO_OK);
    assert_int_equal(epoch, 2);
    view.epoch = 3; /* of a peer, by way of worker 1 */
    struct avo_letter heard = {.kind = AVO_LETTER_VIEW};
    avo_view_sign(&view, scene->sign_secret, &heard.signed_view);
    assert_true(avo_mailbox_post(&avo_driver_mailboxes(door->driver, 1)->to_steward, &heard));
    pump(door);
    assert_non_null(avo_mailbox_next(&avo_driver_mailboxes(door->driver, 0)->to_worker));
    assert_panics(avo_driver_mailboxes(door->driver, SCENE_WORKERS));
    door_free(door);
}

static void it_says_when_its_memory_is_too_small(void **state) {
    (void)state;
    struct door *door = door_make(4096, false);
    struct avo_driver_config config = {
        .region = door->region,
        .steward = {&door->scene->launch, AVO_TEE_SGX, door->scene->aead, &door->scene->random.random},
        .machine = &door->machine};
    for (size_t bytes = 0; bytes < 192 << 10; bytes += 16384) {
        struct avo_arena arena = avo_arena(door->memory, bytes);
        assert_null(avo_driver_create(&arena, &config));
    }
    door_free(door);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enclave_joins_through_a_door_of_any_size),
        cmocka_unit_test(a_las_vouches_for_it),
        cmocka_unit_test(an_answer_for_a_connection_that_is_gone_is_dropped),
        cmocka_unit_test(a_las_that_refuses_ends_it),
        cmocka_unit_test(a_cpu_that_gives_nothing_ends_it),
        cmocka_unit_test(a_host_that_breaks_the_rules_of_the_stream_ends_it),
        cmocka_unit_test(a_broken_connection_is_tried_again_for_ever),
        cmocka_unit_test(a_cas_that_hangs_up_without_a_word_is_said_after_a_while),
        cmocka_unit_test(letters_pass_between_steward_and_workers),
        cmocka_unit_test(it_says_when_its_memory_is_too_small),
    };
    return cmocka_run_group_tests_name("steward/driver", tests, NULL, NULL);
}
