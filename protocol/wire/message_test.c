/* Every message: random ones come back equal, every truncation, every extension and every forbidden field is refused. */
#include "base/limits.h"
#include "protocol/testing.h"
#include "protocol/wire/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static const enum avo_message_type types[] = {
    AVO_MESSAGE_QUERY,      AVO_MESSAGE_ANSWER,  AVO_MESSAGE_WRITE, AVO_MESSAGE_ACK,           AVO_MESSAGE_SYNC_ASK,
    AVO_MESSAGE_SYNC_PIECE, AVO_MESSAGE_REQUEST, AVO_MESSAGE_REPLY, AVO_MESSAGE_STATS_REQUEST, AVO_MESSAGE_STATS_REPLY,
    AVO_MESSAGE_SEGMENT,    AVO_MESSAGE_PULL,    AVO_MESSAGE_PROBE, AVO_MESSAGE_PROBED,
};

static uint8_t pool[AVO_VALUE_MAX_BYTES + 1];

static struct avo_slice some_bytes(struct avo_prng *prng, size_t least, size_t most) {
    size_t length = least + avo_prng_below(prng, most - least + 1);
    return avo_slice(pool + avo_prng_below(prng, sizeof pool - length + 1), length);
}

static struct avo_version some_version(struct avo_prng *prng) {
    return (struct avo_version){avo_prng_next(prng) | 1,
                                {(uint32_t)avo_prng_next(prng), (uint8_t)avo_prng_next(prng), (uint8_t)avo_prng_next(prng)},
                                (uint32_t)avo_prng_next(prng)};
}

static enum avo_error some_result(struct avo_prng *prng) {
    static const enum avo_error results[] = {AVO_OK, AVO_EFULL, AVO_EQUOTA};
    return results[avo_prng_below(prng, AVO_COUNT(results))];
}

static struct avo_query some_query(struct avo_prng *prng) {
    enum avo_want want = (enum avo_want)(1 + avo_prng_below(prng, 3));
    uint32_t value_bytes = avo_prng_chance(prng, 1, 2) ? AVO_VALUE_BYTES_TOMBSTONE : (uint32_t)avo_prng_below(prng, 1048577);
    return (struct avo_query){avo_prng_next(prng), want, some_version(prng), want == AVO_WANT_VERSION ? value_bytes : 0,
                              some_bytes(prng, 1, AVO_KEY_MAX_BYTES)};
}

static struct avo_answer some_answer(struct avo_prng *prng, size_t most) {
    struct avo_answer answer = {.round = avo_prng_next(prng), .state = (uint8_t)avo_prng_below(prng, 4)};
    answer.same = avo_prng_chance(prng, 1, 3);
    answer.has_value = answer.state == 1 && avo_prng_chance(prng, 1, 2);
    answer.version = answer.same || answer.state == 0 ? AVO_VERSION_NONE : some_version(prng);
    answer.floor = avo_prng_below(prng, 3);
    answer.admits = some_result(prng);
    answer.value = answer.has_value ? some_bytes(prng, 0, most) : AVO_SLICE_EMPTY;
    return answer;
}

static struct avo_write some_write(struct avo_prng *prng, size_t most) {
    bool tombstone = avo_prng_chance(prng, 1, 4);
    return (struct avo_write){avo_prng_next(prng), some_version(prng), tombstone, some_bytes(prng, 1, AVO_KEY_MAX_BYTES),
                              tombstone ? AVO_SLICE_EMPTY : some_bytes(prng, 0, most)};
}

static struct avo_sync_ask some_sync_ask(struct avo_prng *prng) {
    return (struct avo_sync_ask){avo_prng_next(prng), AVO_SYNC_ENTRIES, (uint8_t)(1 + avo_prng_below(prng, 2)),
                                 (uint32_t)avo_prng_next(prng), some_bytes(prng, 0, AVO_KEY_MAX_BYTES)};
}

static struct avo_slice some_entries(struct avo_prng *prng, uint8_t count, size_t most) {
    static uint8_t entries[AVO_VALUE_MAX_BYTES + AVO_KEY_MAX_BYTES];
    struct avo_writer writer = avo_writer(entries, sizeof entries);
    for (uint8_t key = 1; key <= count; key++) {
        struct avo_sync_entry entry = {(uint8_t)(1 + avo_prng_below(prng, 3)), false, some_version(prng), avo_slice(&key, 1),
                                       AVO_SLICE_EMPTY};
        entry.has_value = entry.state == 1 && avo_prng_chance(prng, 2, 3);
        entry.value = entry.has_value ? some_bytes(prng, 0, most) : AVO_SLICE_EMPTY;
        avo_sync_entry_write(&writer, &entry);
    }
    assert_false(writer.failed);
    return avo_writer_slice(&writer);
}

static struct avo_sync_piece some_sync_piece(struct avo_prng *prng, size_t most) {
    bool last = avo_prng_chance(prng, 1, 2);
    uint8_t count = (uint8_t)avo_prng_below(prng, most > 300 ? 2 : 4);
    return (struct avo_sync_piece){avo_prng_next(prng), last || count == 0,  avo_prng_chance(prng, 1, 2),
                                   avo_prng_next(prng), avo_prng_next(prng), some_entries(prng, count, most)};
}

static struct avo_request some_request(struct avo_prng *prng, size_t most) {
    uint64_t below = 1 + avo_prng_next(prng) / 2;
    enum avo_operation operation = (enum avo_operation)(1 + avo_prng_below(prng, 4));
    return (struct avo_request){below + avo_prng_below(prng, AVO_SESSION_WINDOW),
                                below,
                                operation,
                                1 + (uint32_t)avo_prng_below(prng, 3600000),
                                some_bytes(prng, 1, AVO_KEY_MAX_BYTES),
                                operation == AVO_OPERATION_PUT ? some_bytes(prng, 0, most) : AVO_SLICE_EMPTY};
}

static struct avo_reply some_reply(struct avo_prng *prng, size_t most) {
    enum avo_error status = (enum avo_error)avo_prng_below(prng, AVO_ERROR_COUNT);
    return (struct avo_reply){avo_prng_next(prng), status, 1, 2, 3, status == AVO_OK ? some_bytes(prng, 0, most) : AVO_SLICE_EMPTY};
}

static struct avo_segment some_segment(struct avo_prng *prng) {
    uint32_t size = AVO_SEGMENT_MIN_BYTES + (uint32_t)avo_prng_below(prng, 1000);
    uint32_t offset = size * (uint32_t)avo_prng_below(prng, 20);
    struct avo_slice bytes = some_bytes(prng, 1, size);
    uint32_t total = offset + (uint32_t)bytes.length + (bytes.length == size ? (uint32_t)avo_prng_below(prng, 10000) : 0);
    return (struct avo_segment){(uint32_t)avo_prng_next(prng), total, offset, bytes, size};
}

static struct avo_message some_message(struct avo_prng *prng, enum avo_message_type type, size_t most) {
    struct avo_message message = {.type = type};
    switch (type) {
    case AVO_MESSAGE_QUERY:
        message.query = some_query(prng);
        break;
    case AVO_MESSAGE_ANSWER:
        message.answer = some_answer(prng, most);
        break;
    case AVO_MESSAGE_WRITE:
        message.write = some_write(prng, most);
        break;
    case AVO_MESSAGE_ACK:
        message.ack = (struct avo_ack){avo_prng_next(prng), some_result(prng)};
        break;
    case AVO_MESSAGE_SYNC_ASK:
        message.sync_ask = some_sync_ask(prng);
        break;
    case AVO_MESSAGE_SYNC_PIECE:
        message.sync_piece = some_sync_piece(prng, most);
        break;
    case AVO_MESSAGE_REQUEST:
        message.request = some_request(prng, most);
        break;
    case AVO_MESSAGE_REPLY:
        message.reply = some_reply(prng, most);
        break;
    case AVO_MESSAGE_STATS_REQUEST:
        break;
    case AVO_MESSAGE_STATS_REPLY:
        avo_random_fill(&prng->random, &message.stats_reply, sizeof message.stats_reply);
        message.stats_reply.secret_memory = avo_prng_below(prng, 3);
        break;
    case AVO_MESSAGE_SEGMENT:
        message.segment = some_segment(prng);
        break;
    case AVO_MESSAGE_PROBE:
    case AVO_MESSAGE_PROBED:
        message.probe.packet_bytes = AVO_PATH_FLOOR_BYTES + (uint32_t)avo_prng_below(prng, 1000);
        break;
    case AVO_MESSAGE_COMPARE: /* and the next three: comparison_test.c */
    case AVO_MESSAGE_DIGEST:
    case AVO_MESSAGE_ENUMERATE:
    case AVO_MESSAGE_LISTING:
        break;
    case AVO_MESSAGE_PULL:
        message.pull = (struct avo_pull){(uint32_t)avo_prng_next(prng), (uint32_t)avo_prng_next(prng), avo_prng_next(prng)};
        break;
    }
    return message;
}

static uint8_t encoded[AVO_MESSAGE_MAX_BYTES + 1], again[AVO_MESSAGE_MAX_BYTES];

static size_t encode(const struct avo_message *message, uint8_t *to) {
    struct avo_writer writer = avo_writer(to, AVO_MESSAGE_MAX_BYTES);
    avo_message_write(&writer, message);
    assert_false(writer.failed);
    assert_int_equal(writer.length, avo_message_bytes(message));
    return writer.length;
}

static bool known_fields_equal(const struct avo_message *a, const struct avo_message *b) {
    switch (a->type) {
    case AVO_MESSAGE_QUERY:
        return a->query.round == b->query.round && a->query.want == b->query.want &&
               avo_version_compare(a->query.known, b->query.known) == 0 && a->query.value_bytes == b->query.value_bytes &&
               avo_slice_equal(a->query.key, b->query.key);
    case AVO_MESSAGE_ANSWER:
        return a->answer.round == b->answer.round && a->answer.state == b->answer.state && a->answer.same == b->answer.same &&
               a->answer.has_value == b->answer.has_value && avo_version_compare(a->answer.version, b->answer.version) == 0 &&
               a->answer.floor == b->answer.floor && a->answer.admits == b->answer.admits &&
               avo_slice_equal(a->answer.value, b->answer.value);
    case AVO_MESSAGE_WRITE:
        return a->write.round == b->write.round && avo_version_compare(a->write.version, b->write.version) == 0 &&
               a->write.tombstone == b->write.tombstone && avo_slice_equal(a->write.key, b->write.key) &&
               avo_slice_equal(a->write.value, b->write.value);
    case AVO_MESSAGE_REQUEST:
        return a->request.id == b->request.id && a->request.answered_below == b->request.answered_below &&
               a->request.operation == b->request.operation && a->request.patience_ms == b->request.patience_ms &&
               avo_slice_equal(a->request.key, b->request.key) && avo_slice_equal(a->request.value, b->request.value);
    case AVO_MESSAGE_REPLY:
        return a->reply.id == b->reply.id && a->reply.status == b->reply.status && a->reply.answered == b->reply.answered &&
               a->reply.needed == b->reply.needed && a->reply.members == b->reply.members &&
               avo_slice_equal(a->reply.value, b->reply.value);
    default:
        return true; /* the encodings, which are compared too, hold nothing but plain integers */
    }
}

static void round_trips(void **state) {
    struct avo_prng *prng = *state;
    for (int i = 0; i < 3000; i++) {
        struct avo_message message =
            some_message(prng, types[(size_t)i % AVO_COUNT(types)], i % 100 < 20 ? AVO_VALUE_MAX_BYTES : 300);
        struct avo_message decoded;
        size_t length = encode(&message, encoded);
        assert_int_equal(avo_message_read(avo_slice(encoded, length), &decoded), AVO_OK);
        assert_int_equal(decoded.type, message.type);
        assert_true(known_fields_equal(&message, &decoded));
        assert_int_equal(encode(&decoded, again), length);
        assert_memory_equal(encoded, again, length);
    }
}

/* Where a value or piece is the rest of the message, a shorter message is another message: then it must read as exactly that. */
static void truncations(void **state) {
    struct avo_prng *prng = *state;
    for (int i = 0; i < 400; i++) {
        struct avo_message message = some_message(prng, types[(size_t)i % AVO_COUNT(types)], 40);
        struct avo_message decoded;
        size_t length = encode(&message, encoded);
        for (size_t cut = 0; cut < length; cut++) {
            if (avo_message_read(avo_slice(encoded, cut), &decoded) == AVO_OK) {
                assert_int_equal(encode(&decoded, again), cut);
                assert_memory_equal(encoded, again, cut);
            }
        }
        bool ends_in_rest = message.type == AVO_MESSAGE_QUERY || message.type == AVO_MESSAGE_SYNC_ASK ||
                            message.type == AVO_MESSAGE_SEGMENT ||
                            (message.type == AVO_MESSAGE_ANSWER && message.answer.has_value) ||
                            (message.type == AVO_MESSAGE_WRITE && !message.write.tombstone) ||
                            (message.type == AVO_MESSAGE_REQUEST && message.request.operation == AVO_OPERATION_PUT) ||
                            (message.type == AVO_MESSAGE_REPLY && message.reply.status == AVO_OK);
        encoded[length] = 0;
        if (!ends_in_rest) {
            assert_int_equal(avo_message_read(avo_slice(encoded, length + 1), &decoded), AVO_EFORMAT);
            assert_int_equal(avo_message_read(avo_slice(encoded, length - (length > 0)), &decoded), AVO_EFORMAT);
        }
    }
}

/* Any bytes either are refused or are the one encoding of what was read. */
static void one_encoding(void **state) {
    struct avo_prng *prng = *state;
    int accepted_count = 0;
    for (int i = 0; i < 20000; i++) {
        struct avo_message message = some_message(prng, types[(size_t)i % AVO_COUNT(types)], 20);
        size_t length = encode(&message, encoded);
        encoded[avo_prng_below(prng, length)] ^= (uint8_t)(1 << avo_prng_below(prng, 8));
        if (avo_message_read(avo_slice(encoded, length), &message) == AVO_OK) {
            accepted_count++;
            assert_int_equal(encode(&message, again), length);
            assert_memory_equal(encoded, again, length);
        }
    }
    assert_true(accepted_count > 1000);
}

static void refused(const struct avo_message *message) {
    struct avo_message decoded;
    size_t length = encode(message, encoded);
    assert_int_equal(avo_message_read(avo_slice(encoded, length), &decoded), AVO_EFORMAT);
}

#define REFUSED(base, field, bad)                                                                                                  \
    do {                                                                                                                           \
        struct avo_message changed = (base);                                                                                       \
        changed.field = (bad);                                                                                                     \
        refused(&changed);                                                                                                         \
    } while (0)

static void forbidden_fields(void **state) {
    struct avo_prng *prng = *state;
    struct avo_message query = some_message(prng, AVO_MESSAGE_QUERY, 10);
    query.query.want = AVO_WANT_VERSION;
    REFUSED(query, query.want, 0);
    REFUSED(query, query.want, 4);
    REFUSED(query, query.key, AVO_SLICE_EMPTY);
    REFUSED(query, query.key, avo_slice(pool, AVO_KEY_MAX_BYTES + 1));
    REFUSED(query, query.value_bytes, AVO_VALUE_MAX_BYTES + 1);
    query.query.value_bytes = 1;
    REFUSED(query, query.want, AVO_WANT_NEWER);

    struct avo_message write = some_message(prng, AVO_MESSAGE_WRITE, 10);
    write.write.tombstone = false;
    REFUSED(write, write.version, AVO_VERSION_NONE);
    REFUSED(write, write.key, AVO_SLICE_EMPTY);
    REFUSED(write, write.key, avo_slice(pool, AVO_KEY_MAX_BYTES + 1));
    write.write.key = avo_slice(pool, 1);
    REFUSED(write, write.value, avo_slice(pool, AVO_VALUE_MAX_BYTES + 1));
    write.write.value = avo_slice(pool, 1);
    REFUSED(write, write.tombstone, true);

    struct avo_message answer = {.answer = {.round = 1, .state = 1, .version = some_version(prng)}};
    answer.type = AVO_MESSAGE_ANSWER;
    REFUSED(answer, answer.admits, AVO_EIO);
    REFUSED(answer, answer.version, AVO_VERSION_NONE);
    REFUSED(answer, answer.state, 0);
    answer.answer.has_value = true;
    REFUSED(answer, answer.state, 2);
    REFUSED(answer, answer.value, avo_slice(pool, AVO_VALUE_MAX_BYTES + 1));

    struct avo_message ack = {.type = AVO_MESSAGE_ACK, .ack = {1, AVO_ENOTFOUND}};
    refused(&ack);

    struct avo_message request = some_message(prng, AVO_MESSAGE_REQUEST, 10);
    request.request.operation = AVO_OPERATION_PUT;
    REFUSED(request, request.id, 0);
    REFUSED(request, request.id, request.request.answered_below - 1);
    REFUSED(request, request.id, request.request.answered_below + AVO_SESSION_WINDOW);
    REFUSED(request, request.operation, 0);
    REFUSED(request, request.operation, 5);
    REFUSED(request, request.patience_ms, 0);
    REFUSED(request, request.patience_ms, 3600001);
    REFUSED(request, request.key, AVO_SLICE_EMPTY);
    request.request.value = avo_slice(pool, 1);
    REFUSED(request, request.operation, AVO_OPERATION_GET);
    REFUSED(request, request.operation, AVO_OPERATION_OUTCOME);

    struct avo_message reply = {.type = AVO_MESSAGE_REPLY, .reply = {.id = 1, .status = AVO_ENOTFOUND}};
    REFUSED(reply, reply.status, AVO_ERROR_COUNT);
    REFUSED(reply, reply.value, avo_slice(pool, 1));

    struct avo_message segment = {.type = AVO_MESSAGE_SEGMENT, .segment = {1, 1010, 1000, avo_slice(pool, 10), 1000}};
    REFUSED(segment, segment.offset, 2000);
    REFUSED(segment, segment.total_bytes, 1009);
    REFUSED(segment, segment.total_bytes, 1011);
    REFUSED(segment, segment.segment_bytes, AVO_SEGMENT_MIN_BYTES - 1);
    REFUSED(segment, segment.total_bytes, AVO_MESSAGE_MAX_BYTES + 1);
    REFUSED(segment, segment.bytes, AVO_SLICE_EMPTY);

    struct avo_message probed = {.type = AVO_MESSAGE_PROBED, .probe = {AVO_PATH_FLOOR_BYTES}};
    REFUSED(probed, probe.packet_bytes, AVO_PATH_FLOOR_BYTES - 1);
    REFUSED(probed, probe.packet_bytes, AVO_PACKET_MAX_BYTES + 1);

    struct avo_message stats = {.type = AVO_MESSAGE_STATS_REPLY, .stats_reply = {.secret_memory = 3}};
    refused(&stats);
}

static void unknown_types(void **state) {
    (void)state;
    static const uint8_t bytes[64];
    struct avo_message message;
    assert_int_equal(avo_message_read(AVO_SLICE_EMPTY, &message), AVO_EFORMAT);
    assert_int_equal(avo_message_read(AVO_SLICE_OF(bytes), &message), AVO_EFORMAT);
    for (unsigned type = 0; type < 256; type++) {
        uint8_t lone = (uint8_t)type;
        enum avo_error expected = type == AVO_MESSAGE_STATS_REQUEST ? AVO_OK : AVO_EFORMAT;
        assert_int_equal(avo_message_read(avo_slice(&lone, 1), &message), expected);
    }
}

static void batches(void **state) {
    struct avo_prng *prng = *state;
    for (int round = 0; round < 300; round++) {
        static uint8_t packet[1400];
        struct avo_message sent[64], got;
        size_t count = 0;
        struct avo_writer writer = avo_writer(packet, sizeof packet);
        do {
            sent[count] = some_message(prng, types[avo_prng_below(prng, AVO_COUNT(types))], 200);
        } while (avo_frame_write(&writer, &sent[count]) && ++count < 64);
        assert_true(count == 64 || writer.length + 2 + avo_message_bytes(&sent[count]) > sizeof packet);
        struct avo_reader reader = avo_reader(avo_writer_slice(&writer));
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(avo_frame_read(&reader, &got), AVO_OK);
            assert_int_equal(got.type, sent[i].type);
            assert_true(known_fields_equal(&got, &sent[i]));
        }
        assert_int_equal(avo_frame_read(&reader, &got), AVO_ENOTFOUND);
    }
}

/* A frame that does not parse ends its batch: nothing behind it is believed. */
static void bad_frame_ends_batch(void **state) {
    (void)state;
    uint8_t batch[] = {1, 0, AVO_MESSAGE_STATS_REQUEST, 1, 0, 99, 1, 0, AVO_MESSAGE_STATS_REQUEST};
    struct avo_reader reader = avo_reader(AVO_SLICE_OF(batch));
    struct avo_message message;
    assert_int_equal(avo_frame_read(&reader, &message), AVO_OK);
    assert_int_equal(avo_frame_read(&reader, &message), AVO_EFORMAT);
    assert_int_equal(avo_frame_read(&reader, &message), AVO_EFORMAT);
    const uint8_t lies[] = {2, 0, AVO_MESSAGE_STATS_REQUEST};
    reader = avo_reader(AVO_SLICE_OF(lies));
    assert_int_equal(avo_frame_read(&reader, &message), AVO_EFORMAT);
    reader = avo_reader(avo_slice(lies, 1));
    assert_int_equal(avo_frame_read(&reader, &message), AVO_EFORMAT);
}

int main(void) {
    struct avo_prng prng = avo_prng(testing_seed());
    avo_random_fill(&prng.random, pool, sizeof pool);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(round_trips, &prng),          cmocka_unit_test_prestate(truncations, &prng),
        cmocka_unit_test_prestate(one_encoding, &prng),         cmocka_unit_test_prestate(forbidden_fields, &prng),
        cmocka_unit_test_prestate(unknown_types, &prng),        cmocka_unit_test_prestate(batches, &prng),
        cmocka_unit_test_prestate(bad_frame_ends_batch, &prng),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
