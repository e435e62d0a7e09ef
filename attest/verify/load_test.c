/* Files of collateral: which are read, which are refused, and how a change is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/testing/folder.h"
#include "attest/verify/load.h"
#include <string.h>

static struct test_folder folder;

static int set_up(void **state) {
    (void)state;
    test_folder_open(&folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    test_folder_remove(&folder);
    return 0;
}

static enum avo_error load_error(struct avo_reason *reason) {
    struct avo_pool pool;
    enum avo_error error = avo_pool_load(folder.path, &pool, reason);
    assert_int_equal(pool.count > 0, error == AVO_OK);
    avo_pool_free(&pool);
    return error;
}

static void refuses_what_it_cannot_read(void **state) {
    (void)state;
    struct avo_reason reason;
    char path[TEST_PATH_BYTES];
    test_folder_clear(&folder);
    assert_int_equal(load_error(&reason), AVO_EIO);
    assert_non_null(strstr(reason.text, "nothing else that is collateral"));
    test_folder_write(&folder, "x.json", "{\"vek\": 7}", 10);
    assert_int_equal(load_error(&reason), AVO_EFORMAT);
    assert_non_null(strstr(reason.text, "\"vek\" is not a non-empty string of hex"));
    test_folder_write(&folder, "x.json", "[{\"vek\": \"00\"}, 7]", 18); /* the number is passed over */
    assert_int_equal(load_error(&reason), AVO_OK);
    struct avo_pool pool;
    test_folder_path(&folder, "x.json", path);
    assert_int_equal(avo_pool_load(path, &pool, &reason), AVO_EFORMAT); /* named itself, it must be whole */
    test_folder_path(&folder, "loop", path);
    assert_int_equal(symlink(folder.path, path), 0);
    assert_int_equal(load_error(&reason), AVO_EFULL);
    assert_non_null(strstr(reason.text, "too deep"));
}

/* Text of hex digits is what it stands for: where that is cut, a file of a known name is refused, another was something else. */
static void refuses_cut_hex_where_it_is_known(void **state) {
    (void)state;
    struct avo_reason reason;
    test_folder_clear(&folder);
    test_folder_write(&folder, "x.json", "{\"vek\": \"00\"}", 13);
    test_folder_write(&folder, "note", "abc", 3);
    assert_int_equal(load_error(&reason), AVO_OK);
    test_folder_write(&folder, "pck_crl.der", "abc", 3);
    assert_int_equal(load_error(&reason), AVO_EFORMAT);
    assert_non_null(strstr(reason.text, "an odd number of hex digits"));
}

static enum avo_error read_of(size_t length, struct avo_reason *reason) {
    char path[TEST_PATH_BYTES];
    struct avo_buffer bytes;
    uint8_t *zeros = calloc(1, length);
    assert_non_null(zeros);
    test_folder_clear(&folder);
    test_folder_write(&folder, "large", zeros, length);
    test_folder_path(&folder, "large", path);
    enum avo_error error = avo_file_read(path, &bytes, reason);
    assert_true(error != AVO_OK || (bytes.length == length && bytes.data[length] == 0));
    free(bytes.data);
    free(zeros);
    return error;
}

static void files_have_a_limit(void **state) {
    (void)state;
    struct avo_reason reason;
    assert_int_equal(read_of(AVO_FILE_BYTES_MAX, &reason), AVO_OK);
    assert_int_equal(read_of(AVO_FILE_BYTES_MAX + 1, &reason), AVO_EIO);
    assert_int_equal(read_of(0, &reason), AVO_OK);
}

/* Every way to change collateral changes its stamp; looking does not. */
static void the_stamp_follows_every_change(void **state) {
    (void)state;
    char path[TEST_PATH_BYTES];
    test_folder_clear(&folder);
    test_folder_make(&folder, "below");
    test_folder_write(&folder, "below/crl.der", "one", 3);
    uint64_t stamp = avo_pool_stamp(folder.path);
    assert_int_not_equal(stamp, 0);
    assert_int_equal(avo_pool_stamp(folder.path), stamp);
    test_folder_write(&folder, "below/new.der", "two", 3);
    uint64_t added = avo_pool_stamp(folder.path);
    assert_int_not_equal(added, stamp);
    test_folder_write(&folder, "below/new.der", "x", 1);
    uint64_t written = avo_pool_stamp(folder.path);
    assert_int_not_equal(written, added);
    test_folder_path(&folder, "below/new.der", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(avo_pool_stamp(folder.path), stamp);
    test_folder_path(&folder, "below/crl.der", path);
    stamp = avo_pool_stamp(path);
    assert_int_not_equal(stamp, 0);
    test_folder_write(&folder, "below/crl.der", "xy", 2);
    assert_int_not_equal(avo_pool_stamp(path), stamp);
    test_folder_path(&folder, "nothing", path);
    assert_int_equal(avo_pool_stamp(path), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_it_cannot_read),
        cmocka_unit_test(refuses_cut_hex_where_it_is_known),
        cmocka_unit_test(files_have_a_limit),
        cmocka_unit_test(the_stamp_follows_every_change),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
