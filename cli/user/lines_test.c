/* Lines of a load file: bounded, whole, and ended by a signal. */
#include "cli/base/signals.h"
#include "cli/user/lines.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

struct pipe_of {
    int read_fd;
    int signals;
    struct avo_lines lines;
};

static struct pipe_of feed(const char *text) {
    int ends[2];
    sigset_t signals;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    (void)close(ends[1]);
    avo_signals_block(&signals);
    struct pipe_of fed = {.read_fd = ends[0], .signals = avo_signals_open(&signals)};
    fed.lines = avo_lines(fed.read_fd, fed.signals);
    return fed;
}

static void end(struct pipe_of *fed) {
    avo_lines_free(&fed->lines);
    (void)close(fed->read_fd);
    (void)close(fed->signals);
}

static void every_line_comes_whole(void **state) {
    (void)state;
    static const char *const wanted[] = {"a\tb", "", "c\r", "d"};
    struct pipe_of fed = feed("a\tb\n\nc\r\nd");
    uint8_t *line;
    size_t length;
    for (size_t i = 0; i < AVO_COUNT(wanted); i++) {
        assert_int_equal(avo_lines_next(&fed.lines, -1, &line, &length), AVO_LINE_WHOLE);
        assert_true(avo_slice_equal(avo_slice(line, length), avo_slice_string(wanted[i])));
        assert_int_equal(fed.lines.number, i + 1);
    }
    assert_int_equal(avo_lines_next(&fed.lines, -1, &line, &length), AVO_LINE_NONE);
    assert_int_equal(fed.lines.consumed, 9);
    end(&fed);
}

/* A line of `length` bytes between two short ones, from a file. */
static enum avo_line_state second_line(size_t length, size_t *capacity) {
    FILE *file = tmpfile();
    sigset_t signals;
    uint8_t *line;
    size_t got;
    assert_non_null(file);
    assert_int_equal(fputs("k\tv\n", file), 1);
    for (size_t i = 0; i < length; i++) {
        (void)putc('x', file);
    }
    assert_int_equal(fputs("\nl\tw\n", file), 1);
    rewind(file);
    avo_signals_block(&signals);
    int signal_fd = avo_signals_open(&signals);
    struct avo_lines lines = avo_lines(fileno(file), signal_fd);
    assert_int_equal(avo_lines_next(&lines, -1, &line, &got), AVO_LINE_WHOLE);
    enum avo_line_state state = avo_lines_next(&lines, -1, &line, &got);
    assert_int_equal(lines.number, 2);
    if (state == AVO_LINE_WHOLE) {
        assert_int_equal(got, length);
        assert_int_equal(avo_lines_next(&lines, -1, &line, &got), AVO_LINE_WHOLE);
        assert_true(avo_slice_equal(avo_slice(line, got), avo_slice_string("l\tw")));
    }
    *capacity = lines.capacity;
    avo_lines_free(&lines);
    (void)close(signal_fd);
    (void)fclose(file);
    return state;
}

static void the_longest_line_is_the_longest_that_can_be_legal(void **state) {
    (void)state;
    size_t capacity;
    assert_int_equal(AVO_LINE_MAX_BYTES, 4 * 512 + 1 + 4 * 1048576);
    assert_int_equal(second_line(AVO_LINE_MAX_BYTES, &capacity), AVO_LINE_WHOLE);
    assert_int_equal(second_line(AVO_LINE_MAX_BYTES + 1, &capacity), AVO_LINE_TOO_LONG);
    assert_int_equal(second_line(8 * (size_t)AVO_LINE_MAX_BYTES, &capacity), AVO_LINE_TOO_LONG);
    assert_true(capacity <= AVO_LINE_MAX_BYTES + 1); /* and no more is held of it */
}

static void a_signal_ends_them(void **state) {
    (void)state;
    struct pipe_of fed = feed("a\tb\n");
    uint8_t *line;
    size_t length;
    assert_false(avo_lines_stopped(&fed.lines));
    assert_int_equal(raise(SIGTERM), 0); /* blocked */
    assert_int_equal(avo_lines_next(&fed.lines, -1, &line, &length), AVO_LINE_STOPPED);
    assert_int_equal(fed.lines.stopped_by, SIGTERM);
    assert_true(avo_lines_stopped(&fed.lines));
    end(&fed);
}

/* What a line has so far is kept while its end is waited for. */
static void a_slow_file_is_not_waited_for(void **state) {
    (void)state;
    int ends[2];
    sigset_t signals;
    uint8_t *line;
    size_t length;
    assert_int_equal(pipe(ends), 0);
    avo_signals_block(&signals);
    int signal_fd = avo_signals_open(&signals);
    struct avo_lines lines = avo_lines(ends[0], signal_fd);
    assert_int_equal(avo_lines_next(&lines, 0, &line, &length), AVO_LINE_LATER);
    assert_int_equal(write(ends[1], "a\t", 2), 2);
    assert_int_equal(avo_lines_next(&lines, 1, &line, &length), AVO_LINE_LATER);
    assert_int_equal(write(ends[1], "b\nc", 3), 3);
    assert_int_equal(avo_lines_next(&lines, 0, &line, &length), AVO_LINE_WHOLE);
    assert_true(avo_slice_equal(avo_slice(line, length), avo_slice_string("a\tb")));
    assert_int_equal(avo_lines_next(&lines, 0, &line, &length), AVO_LINE_LATER);
    avo_lines_free(&lines);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(signal_fd);
}

static void what_cannot_be_read_says_why(void **state) {
    (void)state;
    struct pipe_of fed = feed("");
    uint8_t *line;
    size_t length;
    int folder = open("/", O_RDONLY | O_CLOEXEC);
    fed.lines.fd = folder;
    assert_int_equal(avo_lines_next(&fed.lines, -1, &line, &length), AVO_LINE_FAILED);
    assert_int_equal(errno, EISDIR);
    (void)close(folder);
    end(&fed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_comes_whole),        cmocka_unit_test(the_longest_line_is_the_longest_that_can_be_legal),
        cmocka_unit_test(a_slow_file_is_not_waited_for), cmocka_unit_test(a_signal_ends_them),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
