/* Calls that a timer's signals interrupt all the time do what they would without. */
#include "daemon/retry.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define BYTES 500000 /* more than a pipe holds */

static volatile sig_atomic_t interrupted_count;

static void on_alarm(int number) {
    (void)number;
    interrupted_count = interrupted_count + 1;
}

/* Every millisecond, in the calling thread alone. */
static void interrupt(bool on) {
    struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
    struct itimerval every = {.it_interval.tv_usec = on ? 1000 : 0, .it_value.tv_usec = on ? 1000 : 0};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void *slow_reader(void *argument) {
    static uint8_t got[BYTES];
    const int *fd = argument;
    size_t length = 0;
    for (ssize_t more; (more = read(*fd, got + length, 10000)) > 0; length += (size_t)more) {
        (void)usleep(2000);
    }
    for (size_t i = 0; i < length; i++) {
        if (got[i] != (uint8_t)(i * 7)) {
            return NULL;
        }
    }
    return length == BYTES ? got : NULL;
}

static void all_is_written(void **state) {
    (void)state;
    static uint8_t bytes[BYTES];
    int pair[2];
    pthread_t thread;
    void *whole;
    sigset_t alarm;
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    assert_int_equal(pipe(pair), 0);
    (void)sigemptyset(&alarm);
    (void)sigaddset(&alarm, SIGALRM);
    (void)pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    assert_int_equal(pthread_create(&thread, NULL, slow_reader, &pair[0]), 0);
    (void)pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    interrupt(true);
    bool written = avo_write_all(pair[1], AVO_SLICE_OF(bytes));
    interrupt(false);
    (void)close(pair[1]);
    assert_int_equal(pthread_join(thread, &whole), 0);
    assert_true(written && whole != NULL && interrupted_count > 0);
    (void)close(pair[0]);
    assert_false(avo_write_all(pair[1], AVO_SLICE_OF(bytes))); /* closed */
}

static void all_is_waited(void **state) {
    (void)state;
    int pair[2];
    struct timespec begun, ended;
    assert_int_equal(pipe(pair), 0);
    struct pollfd polled = {.fd = pair[0], .events = POLLIN};
    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    interrupt(true);
    int got = avo_poll_for(&polled, 1, 100);
    interrupt(false);
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_int_equal(got, 0);
    assert_true((ended.tv_sec - begun.tv_sec) * 1000 + (ended.tv_nsec - begun.tv_nsec) / 1000000 >= 99);
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(avo_poll_for(&polled, 1, 100), 1);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_is_written), cmocka_unit_test(all_is_waited)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
