/* For tests only: what a call left on its stack. The call is made in a thread whose stack is the test's own memory, which is
 * searched when the thread has ended: a secret that was not wiped lies there. */
#ifndef AVO_BASE_TESTING_STACK_H
#define AVO_BASE_TESTING_STACK_H

#include "base/testing.h"
#include <pthread.h>

static _Alignas(4096) uint8_t testing_stack[1 << 20];

struct testing_call {
    void (*run)(void *context);
    void *context;
};

static inline void *testing_stack_main(void *context) {
    const struct testing_call *call = context;
    volatile uint8_t gap[16384]; /* so that the end of the thread does not write over what the call left */
    gap[0] = 1;
    call->run(call->context);
    gap[sizeof gap - 1] = gap[0];
    return NULL;
}

/* Makes the call on a clean stack. */
static inline void testing_stack_run(void (*run)(void *context), void *context) {
    struct testing_call call = {run, context};
    pthread_attr_t attributes;
    pthread_t thread;
    memset(testing_stack, 0, sizeof testing_stack);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, testing_stack, sizeof testing_stack), 0);
    assert_int_equal(pthread_create(&thread, &attributes, testing_stack_main, &call), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
}

static inline bool testing_is_zero(const void *memory, size_t bytes) {
    const uint8_t *at = memory;
    size_t zeros = 0;
    while (zeros < bytes && at[zeros] == 0) {
        zeros++;
    }
    return zeros == bytes;
}

/* How often 16 bytes stand in `memory`. AddressSanitizer may not look: some of a stack, and what lies between an arena's blocks, it
 * forbids. */
__attribute__((no_sanitize("address"), no_sanitize_address)) static inline size_t
testing_count(const uint8_t *memory, size_t memory_bytes, const uint8_t wanted[16]) {
    const volatile uint8_t *in = memory;
    size_t count = 0;
    for (size_t at = 0; at + 16 <= memory_bytes; at++) {
        size_t same = 0;
        while (same < 16 && in[at + same] == wanted[same]) {
            same++;
        }
        count += same == 16;
    }
    return count;
}

/* Are 16 bytes of the secret, or more, in `memory`? Zeros are not of the secret: they are what follows it. */
static inline bool testing_has(const uint8_t *memory, size_t memory_bytes, const void *secret, size_t secret_bytes) {
    const uint8_t *wanted = secret;
    for (size_t part = 0; part + 16 <= secret_bytes; part += 16) {
        if (!testing_is_zero(wanted + part, 16) && testing_count(memory, memory_bytes, wanted + part) > 0) {
            return true;
        }
    }
    return false;
}

/* Did the last call leave the secret, or 16 bytes of it? */
static inline bool testing_stack_has(const void *secret, size_t secret_bytes) {
    return testing_has(testing_stack, sizeof testing_stack, secret, secret_bytes);
}

#endif
