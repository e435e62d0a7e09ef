/* For this layer's tests only: files of published vectors ("Name = value" lines) and hexadecimal. */
#ifndef AVO_PROTOCOL_TESTING_H
#define AVO_PROTOCOL_TESTING_H

#include "base/bytes.h"
#include "base/random.h"
#include "protocol/channel/aead.h"
#include <stdio.h>

struct testing_line {
    char name[32];
    char value[8192];
};

#define TESTING_SKIPPED 77 /* what meson reads as a test that ran nothing */

/* Where vectors lie that are not part of this repository. */
enum testing_vectors {
    TESTING_NIST_AND_RFC, /* $AVOCADO_CRYPTOGRAPHY_VECTORS, else where Debian's python3-cryptography-vectors puts them */
    TESTING_SHARED,       /* $AVOCADO_VECTORS, else ../shared/vectors beside the source tree */
};

/* A file of published vectors; ends the test with TESTING_SKIPPED, after one line that says so, when it is not there. Only for
 * tests that were asked for them by their argument (testing_published): what ran nothing must not count as passed. */
FILE *testing_open(enum testing_vectors vectors, const char *path);
/* Whether this run is to try published vectors, and nothing else: its argument is "published". */
bool testing_published(int argc, char **argv);
/* The next line with a name; a name alone ("FAIL") has an empty value. False at the end of the file. */
bool testing_next(FILE *file, struct testing_line *line);
/* Decodes all of `hex` and returns the count of bytes; asserts that they fit. */
size_t testing_hex(const char *hex, uint8_t *to, size_t capacity);

/* A seed for this run: AVOCADO_SEED or the clock; printed. */
uint64_t testing_seed(void);

/* An engine over static memory, made at the first call. */
struct avo_aead *testing_aead(enum avo_aead_kind kind);

#endif
