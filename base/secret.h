/* Secrets are compared in constant time and wiped where they die. */
#ifndef AVO_BASE_SECRET_H
#define AVO_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Equality of `length` bytes in a time that does not depend on their contents. */
bool avo_secret_equal(const void *a, const void *b, size_t length);

/* Overwrites `length` bytes in a way the compiler keeps. */
void avo_secret_wipe(void *secret, size_t length);

/* Overwrites what a library's call, just returned from, left on the stack, where the library does not do so itself. */
void avo_secret_wipe_stack(void);

#endif
