/* A folder of files for a test; to be included after cmocka.h. */
#ifndef AVO_ATTEST_TEST_FOLDER_H
#define AVO_ATTEST_TEST_FOLDER_H

#include "base/bytes.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST_PATH_BYTES 256

/* What is written below goes here. */
struct test_folder {
    char path[64];
};

static inline void test_folder_path(const struct test_folder *folder, const char *name, char out[TEST_PATH_BYTES]) {
    (void)snprintf(out, TEST_PATH_BYTES, "%s/%s", folder->path, name);
}

static inline void test_folder_open(struct test_folder *folder) {
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/avocado-attest-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

static inline void test_folder_write(const struct test_folder *folder, const char *name, const void *bytes, size_t length) {
    char path[TEST_PATH_BYTES];
    test_folder_path(folder, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void test_folder_make(const struct test_folder *folder, const char *name) {
    char path[TEST_PATH_BYTES];
    test_folder_path(folder, name, path);
    assert_int_equal(mkdir(path, 0700), 0);
}

static inline int test_folder_remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void test_folder_remove(const struct test_folder *folder) {
    (void)nftw(folder->path, test_folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Empty again. */
static inline void test_folder_clear(const struct test_folder *folder) {
    test_folder_remove(folder);
    assert_int_equal(mkdir(folder->path, 0700), 0);
}

#endif
