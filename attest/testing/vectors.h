/* Finds the shared vectors for tests; they are not part of this repository. */
#ifndef AVO_ATTEST_TESTING_VECTORS_H
#define AVO_ATTEST_TESTING_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TEST_SKIPPED 77 /* what meson reads as a test that ran nothing */

/* The folder: $AVOCADO_VECTORS, else ../shared/vectors beside the source tree; NULL (and one line printed) when there is none. */
static inline const char *test_vectors(void) {
    struct stat info;
    const char *folder = getenv("AVOCADO_VECTORS");
    folder = folder != NULL ? folder : AVOCADO_SOURCE_ROOT "/../shared/vectors";
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        printf("vectors: neither AVOCADO_VECTORS nor ../shared/vectors is there; the tests that need them are not counted\n");
        return NULL;
    }
    return folder;
}

#endif
