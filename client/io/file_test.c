/* Small files, whole or not at all. */
#include "client/io/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static char folder[] = "/tmp/avocado-file-XXXXXX";
static char path[64];

static int folder_make(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int folder_remove(void **state) {
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void what_is_put_is_taken_and_replaces_what_was_there(void **state) {
    (void)state;
    struct avo_buffer text;
    struct stat info;
    assert_true(avo_file_put(path, 0600, avo_slice_string("longer than the second")));
    assert_true(avo_file_put(path, 0640, avo_slice_string("second")));
    assert_true(avo_file_take(path, 6, &text));
    assert_int_equal(text.length, 6);
    assert_string_equal((const char *)text.data, "second");
    free(text.data);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void what_is_no_file_of_that_size_is_not_taken(void **state) {
    (void)state;
    struct avo_buffer text;
    assert_true(avo_file_put(path, 0600, avo_slice_string("second")));
    assert_false(avo_file_take(path, 5, &text));
    assert_int_equal(errno, EFBIG);
    assert_null(text.data);
    assert_false(avo_file_take(folder, 100, &text));
    assert_int_equal(errno, EISDIR);
    assert_false(avo_file_take("/tmp/no/such/file", 100, &text));
    assert_int_equal(errno, ENOENT);
}

static unsigned beside_count(void) {
    unsigned count = 0;
    DIR *all = opendir(folder);
    const char *name = strrchr(path, '/') + 1;
    for (struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
        count += strncmp(entry->d_name, name, strlen(name)) == 0;
    }
    (void)closedir(all);
    return count;
}

static void a_put_that_fails_leaves_what_was_there(void **state) {
    (void)state;
    struct avo_buffer text;
    const struct rlimit little = {2, RLIM_INFINITY}, much = {RLIM_INFINITY, RLIM_INFINITY};
    assert_true(avo_file_put(path, 0600, avo_slice_string("first")));
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0); /* as a full disk */
    bool put = avo_file_put(path, 0600, avo_slice_string("second"));
    int why = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &much), 0);
    assert_false(put);
    assert_int_equal(why, EFBIG);
    assert_true(avo_file_take(path, 100, &text));
    assert_string_equal((const char *)text.data, "first");
    assert_int_equal(beside_count(), 1); /* nothing stays beside it */
    free(text.data);
}

static void *pipe_drain(void *argument) {
    const int *fd = argument;
    uint8_t bytes[1000];
    size_t *total = calloc(1, sizeof *total);
    for (ssize_t got; total != NULL && (got = read(*fd, bytes, sizeof bytes)) > 0;) {
        *total += (size_t)got;
    }
    return total;
}

/* A pipe that is not blocking would say EAGAIN; one that is takes a write in pieces. */
static void all_is_written_however_small_the_pieces(void **state) {
    (void)state;
    int fds[2];
    pthread_t thread;
    void *total;
    static const uint8_t bytes[300000];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(pthread_create(&thread, NULL, pipe_drain, &fds[0]), 0);
    assert_true(avo_file_write_all(fds[1], avo_slice(bytes, sizeof bytes)));
    close(fds[1]);
    pthread_join(thread, &total);
    assert_non_null(total);
    assert_int_equal(*(size_t *)total, sizeof bytes);
    free(total);
    close(fds[0]);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_false(avo_file_write_all(full, avo_slice(bytes, 10)));
    assert_int_equal(errno, ENOSPC);
    close(full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_taken_and_replaces_what_was_there),
        cmocka_unit_test(what_is_no_file_of_that_size_is_not_taken),
        cmocka_unit_test(a_put_that_fails_leaves_what_was_there),
        cmocka_unit_test(all_is_written_however_small_the_pieces),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
