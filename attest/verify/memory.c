#include "attest/verify/memory.h"
#include "base/assert.h"
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>

static void *(*allocate_or_end)(void *memory, size_t bytes); /* neither library has room for a context */

static void *json_take(size_t bytes) {
    return allocate_or_end(NULL, bytes);
}

static void *openssl_take(size_t bytes, const char *file, int line) {
    (void)file;
    (void)line;
    return allocate_or_end(NULL, bytes);
}

static void openssl_free(void *memory, const char *file, int line) {
    (void)file;
    (void)line;
    free(memory);
}

static void *openssl_retake(void *memory, size_t bytes, const char *file, int line) {
    if (bytes == 0) {
        openssl_free(memory, file, line);
        return NULL;
    }
    return allocate_or_end(memory, bytes);
}

void avo_attest_memory(void *(*allocate)(void *memory, size_t bytes)) {
    allocate_or_end = allocate;
    json_set_alloc_funcs(json_take, free);
    int taken = CRYPTO_set_mem_functions(openssl_take, openssl_retake, openssl_free);
    AVO_ASSERT(taken == 1); /* else it allocated already */
}
