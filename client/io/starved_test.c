/* Opening a client with the n-th allocation or system call refused, for every n: an error that says why, and nothing left behind.
 * The same for a submit. Allocations of jansson are let through: its lexer (2.14) does not look whether it got any. */
#include "client/io/testing.h"
#include <avocado/avocado.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static long left = -1; /* calls until one is refused; negative: none is */

static bool refused(void) {
    bool now = left == 0;
    left -= left >= 0;
    return now;
}

/* The linker puts these in the place of the real ones (--wrap). */
void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes) {
    return refused() ? (errno = ENOMEM, NULL) : __real_malloc(bytes);
}
void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes) {
    return refused() ? (errno = ENOMEM, NULL) : __real_calloc(count, bytes);
}
void *__real_mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset) {
    return refused() ? (errno = ENOMEM, MAP_FAILED) : __real_mmap64(at, bytes, protection, flags, fd, offset);
}
int __real_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice) {
    return refused() ? (errno = EINVAL, -1) : __real_madvise(at, bytes, advice);
}
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol) {
    return refused() ? (errno = EMFILE, -1) : __real_socket(domain, type, protocol);
}
FILE *__real_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode) {
    return refused() ? (errno = EMFILE, NULL) : __real_fopen64(path, mode);
}

static unsigned descriptors(void) {
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void every_refusal_is_an_error_and_leaves_nothing(void **state) {
    struct avo_test_profile folder;
    struct avo_client *client = NULL;
    struct avo_why saved;
    char why[AVO_DETAIL_BYTES];
    (void)state;
    json_set_alloc_funcs(__real_malloc, free);
    avo_test_profile_make(&folder, 3);
    assert_int_equal(avo_profile_save(folder.path, &folder.profile, &saved), AVO_OK);
    unsigned before = descriptors();
    long refusals = 0;
    for (enum avo_error error = AVO_EIO; error != AVO_OK; refusals++) {
        left = refusals;
        error = avo_open(folder.path, &client, why, sizeof why);
        bool came_true = left < 0;
        left = -1;
        assert_true((error == AVO_OK) == !came_true);
        if (error != AVO_OK) {
            assert_null(client);
            assert_int_equal(error, AVO_EIO);
            assert_true(strlen(why) > 0);
            assert_int_equal(descriptors(), before);
        }
    }
    print_message("%ld calls, each refused once\n", refusals - 1);
    assert_true(refusals > 10);
    left = 0;
    assert_int_equal(avo_submit_put(client, "k", 1, "v", 1, 0, 0, NULL), AVO_EIO);
    left = -1;
    assert_non_null(strstr(avo_detail(client), "no memory"));
    assert_int_equal(avo_pending(client), 0);
    assert_int_equal(avo_submit_put(client, "k", 1, "v", 1, 50, 0, NULL), AVO_OK);
    assert_non_null(avo_next(client, 5000));
    avo_close(client);
    assert_int_equal(descriptors(), before);
    avo_test_profile_free(&folder);
}

/* Here jansson's allocations are refused too: it writes JSON without its lexer. */
static void a_profile_is_saved_whole_or_not_at_all(void **state) {
    struct avo_test_profile folder;
    struct avo_profile *loaded = malloc(sizeof *loaded);
    struct avo_why why;
    (void)state;
    assert_non_null(loaded);
    avo_test_profile_make(&folder, 3);
    long refusals = 0;
    for (enum avo_error error = AVO_EIO; error != AVO_OK; refusals++) {
        (void)unlink(folder.path);
        json_set_alloc_funcs(__wrap_malloc, free);
        left = refusals;
        error = avo_profile_save(folder.path, &folder.profile, &why);
        left = -1;
        json_set_alloc_funcs(__real_malloc, free);
        assert_int_equal(avo_profile_load(folder.path, loaded, &why), error);
    }
    print_message("%ld calls, each refused once\n", refusals - 1);
    assert_true(refusals > 30);
    avo_test_profile_free(&folder);
    free(loaded);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_refusal_is_an_error_and_leaves_nothing),
                                       cmocka_unit_test(a_profile_is_saved_whole_or_not_at_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
