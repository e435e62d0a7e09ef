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

/* A file below the folder that environment variable `folder` names; NULL, after one line that says so, when it is not there. */
FILE *testing_open(const char *folder, const char *path);
/* The next line with a name; a name alone ("FAIL") has an empty value. False at the end of the file. */
bool testing_next(FILE *file, struct testing_line *line);
/* Decodes all of `hex` and returns the count of bytes; asserts that they fit. */
size_t testing_hex(const char *hex, uint8_t *to, size_t capacity);

/* A seed for this run: AVOCADO_SEED or the clock; printed. */
uint64_t testing_seed(void);

/* An engine over static memory, made at the first call. */
struct avo_aead *testing_aead(enum avo_aead_kind kind);

#endif
