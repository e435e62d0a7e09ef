/* The example against a library made up here: whatever a get says, nothing is written past the example's buffer. */
#include <avocado/avocado.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define HUGE_BYTES ((size_t)1 << 30) /* what is written so far behind a buffer of the stack is a fault of memory */

int avo_example_main(int argc, char **argv); /* examples/at_least_once.c, whose main is called so here */

/* The example rests between its writes; here nothing is waited for. */
int nanosleep(const struct timespec *pause, struct timespec *left) {
    (void)pause;
    (void)left;
    return 0;
}

static struct avo_completion completion;
static enum avo_error get_says;

enum avo_error avo_open(const char *path, struct avo_client **client, char *why, size_t why_bytes) {
    (void)path;
    (void)why;
    (void)why_bytes;
    *client = (struct avo_client *)&completion;
    return AVO_OK;
}

void avo_close(struct avo_client *client) {
    (void)client;
}

enum avo_error avo_submit_put(struct avo_client *client, const void *key, size_t key_bytes, const void *value, size_t value_bytes,
                              uint32_t timeout_ms, unsigned int flags, void *user) {
    (void)client, (void)key, (void)key_bytes, (void)value, (void)value_bytes, (void)timeout_ms, (void)flags, (void)user;
    return AVO_OK;
}

const struct avo_completion *avo_next(struct avo_client *client, uint32_t wait_ms) {
    (void)client;
    (void)wait_ms;
    completion.error = AVO_EUNKNOWN;
    return &completion;
}

enum avo_error avo_get(struct avo_client *client, const void *key, size_t key_bytes, void *value, size_t capacity,
                       size_t *value_bytes, uint32_t timeout_ms) {
    (void)client, (void)key, (void)key_bytes, (void)timeout_ms;
    *value_bytes = HUGE_BYTES;
    if (get_says == AVO_OK) {
        *value_bytes = capacity;
        memset(value, '1', capacity);
    }
    return get_says;
}

const char *avo_detail(struct avo_client *client) {
    (void)client;
    return "put: the outcome is unknown";
}

const char *avo_error_text(enum avo_error error) {
    (void)error;
    return "an error";
}

const char *avo_error_name(enum avo_error error) {
    (void)error;
    return "EANY";
}

static void no_answer_of_a_get_goes_past_the_buffer(void **state) {
    static const enum avo_error answers[] = {AVO_OK, AVO_ESPACE, AVO_ENOTFOUND, AVO_ETIMEOUT, AVO_ETAMPERED};
    char *arguments[] = {(char[]){"at_least_once"}, (char[]){"profile"}, (char[]){"1"}, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        get_says = answers[i];
        assert_int_equal(avo_example_main(3, arguments), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_answer_of_a_get_goes_past_the_buffer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
