/* Lines of a history: what is read, and what is refused in which words. */
#include "cli/torture/check.h"
#include "cli/torture/history_read.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIMES ",\"call\":5,\"return\":9}"

static struct avo_history_entry read_one(const char *line, struct avo_history *history) {
    struct avo_why why = {""};
    if (!avo_history_read_line(history, avo_slice_string(line), &why)) {
        fail_msg("%s: %s", line, why.text);
    }
    return history->entries[history->count - 1];
}

static void each_operation_is_read(void **state) {
    (void)state;
    struct avo_history history = {0};
    struct avo_history_entry get = read_one("{\"client\":3,\"op\":\"get\",\"key\":\"k\",\"out\":\"a\",\"ok\":true" TIMES, &history);
    assert_int_equal(get.client, 3);
    assert_int_equal(get.kind, AVO_HISTORY_GET);
    assert_int_equal(get.outcome, AVO_HISTORY_DONE);
    assert_int_equal(get.call_time, 5);
    assert_int_equal(get.return_time, 9);
    assert_true(avo_slice_equal(avo_name_bytes(&history.keys, get.key), avo_slice_string("k")));
    assert_true(avo_slice_equal(avo_name_bytes(&history.values, get.out), avo_slice_string("a")));
    struct avo_history_entry put =
        read_one("{\"client\":0,\"op\":\"put\",\"key\":\"k\",\"value\":\"a\",\"ok\":false" TIMES, &history);
    assert_int_equal(put.value, get.out);
    assert_int_equal(put.outcome, AVO_HISTORY_NONE);
    struct avo_history_entry del =
        read_one("{\"client\":0,\"op\":\"del\",\"key\":\"k\",\"ok\":null,\"call\":5,\"return\":null}", &history);
    assert_int_equal(del.kind, AVO_HISTORY_DELETE);
    assert_int_equal(del.outcome, AVO_HISTORY_UNKNOWN);
    struct avo_history_entry cas =
        read_one("{\"client\":0,\"op\":\"cas\",\"key\":\"k\",\"value\":\"b\",\"expect\":\"a\",\"ok\":true" TIMES, &history);
    assert_int_equal(cas.expect, get.out);
    assert_int_not_equal(cas.value, get.out);
    struct avo_history_entry incr =
        read_one("{\"client\":0,\"op\":\"incr\",\"key\":\"n\",\"value\":\"-7\",\"out\":12,\"ok\":true" TIMES, &history);
    assert_int_equal(incr.by, -7);
    assert_true(avo_slice_equal(avo_name_bytes(&history.values, incr.out), avo_slice_string("12")));
    assert_int_equal(read_one("{\"client\":0,\"op\":\"incr\",\"key\":\"n\",\"ok\":null,\"call\":5}", &history).by, 1);
    assert_int_equal(read_one("{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"out\":null,\"ok\":true" TIMES, &history).out,
                     AVO_NAME_ABSENT);
    avo_history_destroy(&history);
}

static void what_is_wrong_is_said(void **state) {
    (void)state;
    static const struct {
        const char *line;
        const char *says;
    } lines[] = {
        {"", "no JSON"},
        {"[]", "no JSON object"},
        {"{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"ou", "no JSON object: "},
        {"{\"client\":0,\"client\":0" TIMES, "duplicate"},
        {"{\"op\":\"get\",\"key\":\"k\",\"out\":\"a\",\"ok\":true" TIMES, "\"client\""},
        {"{\"client\":-1,\"op\":\"get\",\"key\":\"k\",\"out\":\"a\",\"ok\":true" TIMES, "\"client\""},
        {"{\"client\":0,\"op\":\"frob\",\"key\":\"k\",\"ok\":true" TIMES, "\"op\" must be one of"},
        {"{\"client\":0,\"op\":\"scan\",\"key\":\"k\",\"ok\":true" TIMES, "a scan touches several keys"},
        {"{\"client\":0,\"op\":\"txn\",\"key\":\"k\",\"ok\":true" TIMES, "a txn touches several keys"},
        {"{\"client\":0,\"op\":\"get\",\"key\":\"\",\"out\":\"a\",\"ok\":true" TIMES, "\"key\""},
        {"{\"client\":0,\"op\":\"get\",\"out\":\"a\",\"ok\":true" TIMES, "\"key\""},
        {"{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"ok\":true" TIMES, "needs \"out\""},
        {"{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"out\":7,\"ok\":true" TIMES, "\"out\" must be text"},
        {"{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"out\":\"a\"" TIMES, "\"ok\""},
        {"{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"out\":\"a\",\"ok\":1" TIMES, "\"ok\""},
        {"{\"client\":0,\"op\":\"put\",\"key\":\"k\",\"ok\":true" TIMES, "\"value\" must be text"},
        {"{\"client\":0,\"op\":\"put\",\"key\":\"k\",\"value\":null,\"ok\":true" TIMES, "\"value\" must be text"},
        {"{\"client\":0,\"op\":\"cas\",\"key\":\"k\",\"value\":\"a\",\"ok\":true" TIMES, "\"expect\" must be text"},
        {"{\"client\":0,\"op\":\"incr\",\"key\":\"k\",\"value\":\"one\",\"out\":\"1\",\"ok\":true" TIMES, "\"value\" of an incr"},
        {"{\"client\":0,\"op\":\"incr\",\"key\":\"k\",\"out\":\"9223372036854775808\",\"ok\":true" TIMES, "\"out\" of an incr"},
        {"{\"client\":0,\"op\":\"del\",\"key\":\"k\",\"ok\":true,\"call\":5}", "\"return\""},
        {"{\"client\":0,\"op\":\"del\",\"key\":\"k\",\"ok\":true,\"call\":5.5,\"return\":6}", "\"call\""},
        {"{\"client\":0,\"op\":\"del\",\"key\":\"k\",\"ok\":true,\"call\":-5,\"return\":6}", "\"call\""},
        {"{\"client\":0,\"op\":\"del\",\"key\":\"k\",\"ok\":true,\"call\":5,\"return\":4}", "returns before"},
    };
    struct avo_history history = {0};
    for (size_t i = 0; i < AVO_COUNT(lines); i++) {
        struct avo_why why = {""};
        assert_false(avo_history_read_line(&history, avo_slice_string(lines[i].line), &why));
        if (strstr(why.text, lines[i].says) == NULL) {
            fail_msg("%s: says \"%s\"", lines[i].line, why.text);
        }
    }
    assert_int_equal(history.count, 0);
    avo_history_destroy(&history);
}

static void a_history_without_an_end_is_empty(void **state) {
    (void)state;
    struct avo_history history = {0};
    assert_int_equal(avo_torture_judge(&history, "h").code, AVO_TORTURE_UNDECIDED);
    (void)read_one("{\"client\":0,\"op\":\"put\",\"key\":\"k\",\"value\":\"a\",\"ok\":null" TIMES, &history);
    (void)read_one("{\"client\":0,\"op\":\"put\",\"key\":\"k\",\"value\":\"a\",\"ok\":false" TIMES, &history);
    struct avo_torture_verdict verdict = avo_torture_judge(&history, "h");
    assert_int_equal(verdict.code, AVO_TORTURE_UNDECIDED);
    assert_int_equal(verdict.unknown, 1);
    assert_int_equal(verdict.failed, 1);
    (void)read_one("{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"out\":\"a\",\"ok\":true" TIMES, &history);
    assert_int_equal(avo_torture_judge(&history, "h").code, AVO_TORTURE_HELD);
    (void)read_one("{\"client\":0,\"op\":\"get\",\"key\":\"k\",\"out\":\"b\",\"ok\":true" TIMES, &history);
    verdict = avo_torture_judge(&history, "h");
    assert_int_equal(verdict.code, AVO_TORTURE_BROKEN);
    assert_string_equal(verdict.why.text, "h: line 4: the get of key k by client 0, which answered b has no place in any order");
    avo_history_destroy(&history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_is_read),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_history_without_an_end_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
