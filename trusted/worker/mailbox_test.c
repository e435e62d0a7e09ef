/* Letters: in order, whole, as many as fit; and across two threads. */
#include "base/testing.h"
#include "trusted/worker/mailbox.h"
#include <pthread.h>
#include <string.h>

#define LETTERS 20000

static struct avo_mailbox box;

static struct avo_letter letter(uint32_t epoch) {
    struct avo_letter made = {.kind = AVO_LETTER_VIEW, .epoch = epoch, .signed_view = {.length = AVO_VIEW_MAX_BYTES}};
    memset(made.signed_view.bytes, (int)(epoch % 251), AVO_VIEW_MAX_BYTES);
    return made;
}

static int empty(void **state) {
    (void)state;
    memset(&box, 0, sizeof box);
    return 0;
}

static void letters_come_in_order_and_as_many_as_fit(void **state) {
    (void)state;
    uint32_t posted = 0, taken = 0;
    assert_null(avo_mailbox_next(&box));
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < AVO_MAILBOX_LETTERS - round % 2; i++) {
            struct avo_letter made = letter(posted++);
            assert_true(avo_mailbox_post(&box, &made));
        }
        while (taken < posted) {
            assert_int_equal(avo_mailbox_next(&box)->epoch, taken);
            assert_int_equal(avo_mailbox_next(&box)->epoch, taken++); /* until it is released */
            avo_mailbox_release(&box);
        }
        assert_null(avo_mailbox_next(&box));
    }
}

static void a_full_box_takes_no_more_and_loses_nothing(void **state) {
    (void)state;
    for (uint32_t i = 0; i < AVO_MAILBOX_LETTERS; i++) {
        struct avo_letter made = letter(i);
        assert_true(avo_mailbox_post(&box, &made));
    }
    struct avo_letter made = letter(9);
    assert_false(avo_mailbox_post(&box, &made));
    assert_int_equal(avo_mailbox_next(&box)->epoch, 0);
    avo_mailbox_release(&box);
    assert_true(avo_mailbox_post(&box, &made));
    assert_int_equal(avo_mailbox_next(&box)->epoch, 1);
}

static void nothing_is_released_twice(void **state) {
    (void)state;
    assert_panics(avo_mailbox_release(&box));
}

static void *post_all(void *argument) {
    (void)argument;
    for (uint32_t i = 0; i < LETTERS; i++) {
        struct avo_letter made = letter(i);
        while (!avo_mailbox_post(&box, &made)) {
            sched_yield();
        }
    }
    return NULL;
}

static void letters_pass_whole_between_two_threads(void **state) {
    (void)state;
    pthread_t poster;
    assert_int_equal(pthread_create(&poster, NULL, post_all, NULL), 0);
    for (uint32_t i = 0; i < LETTERS; i++) {
        const struct avo_letter *got;
        while ((got = avo_mailbox_next(&box)) == NULL) {
            sched_yield();
        }
        struct avo_letter expected = letter(i);
        assert_memory_equal(got, &expected, sizeof expected);
        avo_mailbox_release(&box);
    }
    pthread_join(poster, NULL);
    assert_null(avo_mailbox_next(&box));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(letters_come_in_order_and_as_many_as_fit, empty),
        cmocka_unit_test_setup(a_full_box_takes_no_more_and_loses_nothing, empty),
        cmocka_unit_test_setup(nothing_is_released_twice, empty),
        cmocka_unit_test_setup(letters_pass_whole_between_two_threads, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
