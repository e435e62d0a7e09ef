/* What threads record is in memory and in the file the same, whatever bytes it is of. */
#include "checker/linear.h"
#include "cli/torture/history_read.h"
#include "cli/torture/recorder.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 4
#define RECORDED 500

static char path[64];

static int file_make(void **state) {
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/avocado-recorder-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int file_remove(void **state) {
    (void)state;
    return unlink(path);
}

static void are_the_same(struct avo_history *seen, struct avo_history *kept) {
    assert_int_equal(seen->count, kept->count);
    for (uint32_t i = 0; i < seen->count; i++) {
        const struct avo_history_entry *a = &seen->entries[i];
        const struct avo_history_entry *b = &kept->entries[i];
        assert_int_equal(a->client, b->client);
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->outcome, b->outcome);
        assert_int_equal(a->key, b->key); /* names are given in the same order */
        assert_int_equal(a->value, b->value);
        assert_int_equal(a->out, b->out);
        assert_true(a->call_time == b->call_time && a->return_time == b->return_time);
    }
}

static void any_bytes_come_back(void **state) {
    (void)state;
    struct avo_recorder recorder;
    struct avo_history kept = {0};
    struct avo_why why;
    uint8_t all[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    const struct avo_observed observed[] = {
        {0, AVO_HISTORY_PUT, AVO_HISTORY_DONE, avo_slice_string("k\"\\"), AVO_SLICE_OF(all), AVO_SLICE_EMPTY, false, 1, 2},
        {1, AVO_HISTORY_GET, AVO_HISTORY_DONE, avo_slice_string("k\"\\"), AVO_SLICE_EMPTY, AVO_SLICE_OF(all), false, 3, 4},
        {1, AVO_HISTORY_PUT, AVO_HISTORY_UNKNOWN, avo_slice_string("k\"\\"), avo_slice("\x80", 1), AVO_SLICE_EMPTY, false, 3, 4},
        {1, AVO_HISTORY_PUT, AVO_HISTORY_NONE, avo_slice_string("l"), avo_slice("\x81", 1), AVO_SLICE_EMPTY, false, 3, 4},
        {2, AVO_HISTORY_GET, AVO_HISTORY_DONE, avo_slice_string("l"), AVO_SLICE_EMPTY, AVO_SLICE_EMPTY, true, 5, 6},
        {2, AVO_HISTORY_PUT, AVO_HISTORY_DONE, avo_slice_string("l"), AVO_SLICE_EMPTY, AVO_SLICE_EMPTY, false, 7, 8},
        {2, AVO_HISTORY_GET, AVO_HISTORY_DONE, avo_slice_string("l"), AVO_SLICE_EMPTY, AVO_SLICE_EMPTY, false, 9, 10},
        {2, AVO_HISTORY_DELETE, AVO_HISTORY_DONE, avo_slice_string("l"), AVO_SLICE_EMPTY, AVO_SLICE_EMPTY, false, 11, 12},
        {2, AVO_HISTORY_GET, AVO_HISTORY_NONE, avo_slice_string("l"), AVO_SLICE_EMPTY, AVO_SLICE_EMPTY, false, 11, 12},
    };
    assert_true(avo_recorder_open(&recorder, path, &why));
    for (size_t i = 0; i < AVO_COUNT(observed); i++) {
        avo_recorder_add(&recorder, &observed[i]);
    }
    assert_true(avo_recorder_flush(&recorder));
    assert_true(avo_history_read(&kept, path, &why));
    are_the_same(&recorder.history, &kept);
    assert_int_equal(avo_linear_check(&kept).verdict, AVO_LINEAR_YES);
    avo_recorder_close(&recorder);
    avo_history_destroy(&kept);
}

static void *thread_record(void *context) {
    char value[16];
    for (int i = 0; i < RECORDED; i++) {
        (void)snprintf(value, sizeof value, "%d", i);
        struct avo_observed observed = {.kind = AVO_HISTORY_PUT,
                                        .key = avo_slice_string(i % 2 == 0 ? "even" : "odd"),
                                        .value = avo_slice_string(value),
                                        .call_ns = avo_recorder_clock_ns()};
        observed.return_ns = avo_recorder_clock_ns();
        avo_recorder_add(context, &observed);
    }
    return NULL;
}

static void threads_record_together(void **state) {
    (void)state;
    struct avo_recorder recorder;
    struct avo_history kept = {0};
    struct avo_why why;
    pthread_t threads[THREADS];
    assert_true(avo_recorder_open(&recorder, path, &why));
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, thread_record, &recorder), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_true(avo_recorder_flush(&recorder));
    assert_true(avo_history_read(&kept, path, &why));
    assert_int_equal(kept.count, THREADS * RECORDED);
    are_the_same(&recorder.history, &kept);
    avo_recorder_close(&recorder);
    avo_history_destroy(&kept);
}

static void what_cannot_be_written_is_said(void **state) {
    (void)state;
    struct avo_recorder recorder;
    struct avo_why why;
    assert_false(avo_recorder_open(&recorder, "/no/such/history", &why));
    assert_non_null(strstr(why.text, "/no/such/history"));
    avo_recorder_close(&recorder);
    assert_true(avo_recorder_open(&recorder, "/dev/full", &why));
    (void)thread_record(&recorder);
    assert_false(avo_recorder_flush(&recorder));
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(recorder.history.count, RECORDED); /* what was seen is judged all the same */
    avo_recorder_close(&recorder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_come_back),
        cmocka_unit_test(threads_record_together),
        cmocka_unit_test(what_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests(tests, file_make, file_remove);
}
