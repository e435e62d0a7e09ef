/* A view's parts come in any order, twice, mixed with those of others; only a whole one is handed out. */
#include "base/testing.h"
#include "protocol/view/part.h"
#include <string.h>

static struct avo_signed_view view_of(size_t length, uint8_t salt) {
    struct avo_signed_view view = {.length = length};
    for (size_t i = 0; i < length; i++) {
        view.bytes[i] = (uint8_t)(i * 7 + salt);
    }
    return view;
}

static size_t part(uint8_t *to, const struct avo_signed_view *view, uint32_t index) {
    struct avo_writer writer = avo_writer(to, AVO_VIEW_PART_HEADER_BYTES + AVO_VIEW_PART_BYTES);
    return avo_view_part_write(&writer, view, index) ? writer.length : 0;
}

static const uint8_t hash_a[8] = "aaaaaaa";
static const uint8_t hash_b[8] = "bbbbbbb";

static void every_length_comes_whole(void **state) {
    (void)state;
    static const size_t lengths[] = {
        1, AVO_VIEW_PART_BYTES - 1, AVO_VIEW_PART_BYTES, AVO_VIEW_PART_BYTES + 1, 2 * AVO_VIEW_PART_BYTES, AVO_VIEW_MAX_BYTES};
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        struct avo_signed_view view = view_of(lengths[i], (uint8_t)i);
        struct avo_view_gather gather = {0};
        uint8_t body[AVO_PATH_FLOOR_BYTES];
        struct avo_slice whole = AVO_SLICE_EMPTY;
        uint32_t count = (uint32_t)((lengths[i] + AVO_VIEW_PART_BYTES - 1) / AVO_VIEW_PART_BYTES);
        assert_int_equal(part(body, &view, count), 0);
        for (uint32_t left = count; left > 0; left--) { /* the last first */
            size_t length = part(body, &view, left - 1);
            assert_true(length > 0 && length + AVO_PACKET_HEADER_BYTES <= AVO_PATH_FLOOR_BYTES);
            enum avo_error error = avo_view_gather(&gather, 5, hash_a, avo_slice(body, length), &whole);
            assert_int_equal(error, left == 1 ? AVO_OK : AVO_EBUSY);
        }
        assert_true(avo_slice_equal(whole, avo_slice(view.bytes, view.length)));
    }
}

static void parts_of_two_views_never_mix(void **state) {
    (void)state;
    struct avo_signed_view one = view_of(1000, 1);
    struct avo_signed_view other = view_of(1000, 2);
    struct avo_view_gather gather = {0};
    uint8_t body[AVO_PATH_FLOOR_BYTES];
    struct avo_slice whole = AVO_SLICE_EMPTY;
    assert_int_equal(avo_view_gather(&gather, 5, hash_a, avo_slice(body, part(body, &one, 0)), &whole), AVO_EBUSY);
    assert_int_equal(avo_view_gather(&gather, 5, hash_b, avo_slice(body, part(body, &other, 1)), &whole), AVO_EBUSY);
    assert_int_equal(avo_view_gather(&gather, 6, hash_b, avo_slice(body, part(body, &other, 0)), &whole), AVO_EBUSY);
    assert_int_equal(avo_view_gather(&gather, 6, hash_b, avo_slice(body, part(body, &other, 0)), &whole), AVO_EBUSY);
    assert_int_equal(avo_view_gather(&gather, 6, hash_b, avo_slice(body, part(body, &other, 1)), &whole), AVO_OK);
    assert_true(avo_slice_equal(whole, avo_slice(other.bytes, other.length)));
    assert_int_equal(avo_view_gather(&gather, 6, hash_b, avo_slice(body, part(body, &other, 1)), &whole), AVO_EBUSY);
}

/* total, offset, bytes of the part. */
static enum avo_error try_part(uint16_t total, uint16_t offset, size_t length) {
    static struct avo_view_gather gather;
    uint8_t body[AVO_VIEW_MAX_BYTES + 64] = {0};
    struct avo_slice whole;
    struct avo_writer writer = avo_writer(body, sizeof body);
    avo_write_u16(&writer, total);
    avo_write_u16(&writer, offset);
    return avo_view_gather(&gather, 1, hash_a, avo_slice(body, AVO_VIEW_PART_HEADER_BYTES + length), &whole);
}

static void what_is_no_part_is_refused(void **state) {
    (void)state;
    struct avo_view_gather gather = {0};
    struct avo_slice whole;
    const uint8_t few[3] = {0, 1, 0};
    assert_int_equal(avo_view_gather(&gather, 1, hash_a, AVO_SLICE_OF(few), &whole), AVO_EFORMAT);
    assert_int_equal(try_part(0, 0, 0), AVO_EFORMAT);
    assert_int_equal(try_part(10, 0, 10), AVO_OK);
    assert_int_equal(try_part(10, 0, 9), AVO_EFORMAT);
    assert_int_equal(try_part(10, 0, 11), AVO_EFORMAT);
    assert_int_equal(try_part(10, 1, 9), AVO_EFORMAT);
    assert_int_equal(try_part(AVO_VIEW_MAX_BYTES + 1, 0, AVO_VIEW_PART_BYTES), AVO_EFORMAT);
    assert_int_equal(try_part(AVO_VIEW_MAX_BYTES, 0, AVO_VIEW_PART_BYTES), AVO_EBUSY);
    assert_int_equal(try_part(1000, AVO_VIEW_PART_BYTES, 1000 - AVO_VIEW_PART_BYTES + 1), AVO_EFORMAT);
    assert_int_equal(try_part(AVO_VIEW_PART_BYTES, AVO_VIEW_PART_BYTES, 0), AVO_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_comes_whole),
        cmocka_unit_test(parts_of_two_views_never_mix),
        cmocka_unit_test(what_is_no_part_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
