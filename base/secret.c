#include "base/secret.h"
#include <sodium.h>
#include <stdint.h>
#include <string.h>

bool avo_secret_equal(const void *a, const void *b, size_t length) {
    const volatile uint8_t *left = a;
    const volatile uint8_t *right = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < length; i++) {
        difference |= (uint8_t)(left[i] ^ right[i]);
    }
    return difference == 0;
}

#define LIBRARY_STACK_BYTES 4096

void avo_secret_wipe_stack(void) {
    sodium_stackzero(LIBRARY_STACK_BYTES);
}

void avo_secret_wipe(void *secret, size_t length) {
    explicit_bzero(secret, length);
}
