#include "cas/sealed_file.h"
#include "protocol/channel/hkdf.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define STATE "keys, policy, view: not to be read by the host"
#define SEED 41
#define READ_BYTES 4096
#define SALT_AT 20
#define SALT_BYTES 32
#define STACK_BYTES (1U << 20)

static _Alignas(64) uint8_t arena_memory[1 << 20];

/* What was made durable, in order: F a file, D a folder, R a rename; and which of them fails. */
static char calls[16];
static char failing;

static int noted(char what) {
    size_t length = strlen(calls);
    if (length + 1 < sizeof calls) {
        calls[length] = what;
    }
    errno = EIO;
    return what == failing ? -1 : 0;
}

int fsync(int fd) {
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    return noted(S_ISDIR(status.st_mode) ? 'D' : 'F') == 0 ? (int)syscall(SYS_fsync, fd) : -1;
}

int rename(const char *from, const char *to) {
    return noted('R') == 0 ? (int)syscall(SYS_rename, from, to) : -1;
}

/* What read does next: fail with this error once; or take so many bytes at most. */
static int read_fails;
static size_t read_at_most;

ssize_t read(int fd, void *to, size_t capacity) {
    assert_true(capacity <= READ_BYTES);
    if (read_fails != 0) {
        errno = read_fails;
        read_fails = 0;
        return -1;
    }
    return syscall(SYS_read, fd, to, capacity < read_at_most ? capacity : read_at_most);
}

struct fixture {
    struct avo_prng random;
    uint8_t key[32];
    struct avo_seal seal;
    char folder[64];
    char path[128];
    uint8_t memory[READ_BYTES];
    struct avo_buffer buffer;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    read_fails = 0;
    read_at_most = SIZE_MAX;
    avo_arena_end(arena_memory, sizeof arena_memory);
    memset(arena_memory, 0, sizeof arena_memory);
    struct avo_arena arena = avo_arena(arena_memory, sizeof arena_memory);
    printf("seed %d\n", SEED);
    fixture->random = avo_prng(SEED);
    avo_random_fill(&fixture->random.random, fixture->key, sizeof fixture->key);
    fixture->seal = (struct avo_seal){avo_aead_create(&arena, AVO_AEAD_BEST), &fixture->random.random, fixture->key};
    (void)snprintf(fixture->folder, sizeof fixture->folder, "%s", "/tmp/avocado-seal-test.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/state.sealed", fixture->folder);
    fixture->buffer = (struct avo_buffer){fixture->memory, 0, sizeof fixture->memory};
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    (void)unlink(fixture->path);
    (void)rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static size_t file_read(const char *path, uint8_t *to, size_t capacity) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(to, 1, capacity, file);
    (void)fclose(file);
    return length;
}

static void file_write(const char *path, const uint8_t *from, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(from, 1, length, file), length);
    (void)fclose(file);
}

static void what_was_written_is_read_and_hidden(void **state) {
    struct fixture *fixture = *state;
    uint8_t raw[4096];
    struct stat status;
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_ENOTFOUND);
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, avo_slice_string(STATE), &fixture->buffer), AVO_OK);
    size_t length = file_read(fixture->path, raw, sizeof raw);
    assert_int_equal(length, strlen(STATE) + AVO_SEALED_OVERHEAD_BYTES);
    assert_null(memmem(raw, length, "keys", 4));
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_OK);
    assert_int_equal(fixture->buffer.length, strlen(STATE));
    assert_memory_equal(fixture->buffer.data, STATE, strlen(STATE));
}

static void every_changed_byte_is_seen(void **state) {
    struct fixture *fixture = *state;
    uint8_t raw[4096];
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, avo_slice_string(STATE), &fixture->buffer), AVO_OK);
    size_t length = file_read(fixture->path, raw, sizeof raw);
    for (size_t i = 0; i < length; i++) {
        raw[i] ^= 0x40;
        file_write(fixture->path, raw, length);
        enum avo_error error = avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer);
        assert_int_equal(error, i < 20 ? AVO_EFORMAT : AVO_EAUTH);
        raw[i] ^= 0x40;
    }
    for (size_t i = 0; i < length; i++) {
        file_write(fixture->path, raw, i);
        assert_int_not_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_OK);
    }
}

static void another_program_or_cpu_cannot_open_it(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, avo_slice_string(STATE), &fixture->buffer), AVO_OK);
    fixture->key[0] ^= 1;
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_EAUTH);
}

static void a_failed_write_leaves_the_old_state(void **state) {
    struct fixture *fixture = *state;
    char gone[160];
    (void)snprintf(gone, sizeof gone, "%s/nowhere/state.sealed", fixture->folder);
    assert_int_equal(avo_sealed_file_write(&fixture->seal, gone, avo_slice_string(STATE), &fixture->buffer), AVO_EIO);
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, avo_slice_string(STATE), &fixture->buffer), AVO_OK);
    (void)snprintf(gone, sizeof gone, "%s.new", fixture->path);
    assert_int_equal(mkdir(gone, 0700), 0); /* in the way of the file written aside */
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, avo_slice_string("new"), &fixture->buffer), AVO_EIO);
    assert_int_equal(rmdir(gone), 0);
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_OK);
    assert_int_equal(fixture->buffer.length, strlen(STATE));
}

static void write_state(struct fixture *fixture, char fails, enum avo_error expected, const char *expected_calls) {
    memset(calls, 0, sizeof calls);
    failing = fails;
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, avo_slice_string(STATE), &fixture->buffer), expected);
    assert_string_equal(calls, expected_calls);
    failing = 0;
}

/* Its bytes reach the disk before its name, and the name before anybody hears that it is written. */
static void what_was_written_is_durable(void **state) {
    struct fixture *fixture = *state;
    char aside[160];
    (void)snprintf(aside, sizeof aside, "%s.new", fixture->path);
    write_state(fixture, 'F', AVO_EIO, "F");
    assert_int_equal(access(fixture->path, F_OK), -1);
    write_state(fixture, 0, AVO_OK, "FRD");
    write_state(fixture, 'R', AVO_EIO, "FR");
    assert_int_equal(access(aside, F_OK), -1);
    write_state(fixture, 'D', AVO_EIO, "FRD");
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_OK);
}

/* The longest that fits, and one byte more. */
static void a_file_at_the_limit_is_read(void **state) {
    struct fixture *fixture = *state;
    fixture->buffer.capacity = strlen(STATE) + AVO_SEALED_OVERHEAD_BYTES + 1;
    write_state(fixture, 0, AVO_OK, "FRD");
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_OK);
    fixture->buffer.capacity--;
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_ETOOBIG);
}

/* A state of no bytes at all opens; what is a byte shorter is no such file. */
static void an_empty_state_is_the_shortest(void **state) {
    struct fixture *fixture = *state;
    uint8_t raw[AVO_SEALED_OVERHEAD_BYTES];
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, AVO_SLICE_EMPTY, &fixture->buffer), AVO_OK);
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_OK);
    assert_int_equal(fixture->buffer.length, 0);
    assert_int_equal(file_read(fixture->path, raw, sizeof raw), sizeof raw);
    file_write(fixture->path, raw, sizeof raw - 1);
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_EFORMAT);
}

static void a_file_too_large_is_refused(void **state) {
    struct fixture *fixture = *state;
    uint8_t raw[5000] = {0};
    file_write(fixture->path, raw, sizeof raw);
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_ETOOBIG);
}

static void keep_state(struct fixture *fixture) {
    assert_int_equal(avo_sealed_file_write(&fixture->seal, fixture->path, avo_slice_string(STATE), &fixture->buffer), AVO_OK);
}

static void expect_state(struct fixture *fixture) {
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_OK);
    assert_true(avo_slice_equal(avo_buffer_slice(&fixture->buffer), avo_slice_string(STATE)));
}

/* The nonce is always the same, so the key must not be: the same state is never the same bytes. */
static void each_write_has_a_key_of_its_own(void **state) {
    struct fixture *fixture = *state;
    uint8_t first[SALT_AT + SALT_BYTES + sizeof STATE - 1];
    keep_state(fixture);
    memcpy(first, fixture->memory, sizeof first);
    keep_state(fixture);
    assert_memory_not_equal(fixture->memory + SALT_AT, first + SALT_AT, SALT_BYTES);
    assert_memory_not_equal(fixture->memory + SALT_AT + SALT_BYTES, first + SALT_AT + SALT_BYTES, sizeof STATE - 1);
    expect_state(fixture);
}

static void a_read_goes_on_after_an_interruption_and_stops_at_an_error(void **state) {
    struct fixture *fixture = *state;
    keep_state(fixture);
    read_at_most = 7;
    read_fails = EINTR;
    expect_state(fixture);
    read_fails = EIO;
    assert_int_equal(avo_sealed_file_read(&fixture->seal, fixture->path, &fixture->buffer), AVO_EIO);
    expect_state(fixture);
}

static void *write_and_read(void *fixture) {
    keep_state(fixture);
    expect_state(fixture);
    return NULL;
}

/* On a stack of the test's own, which it looks through afterwards. */
static void no_copy_of_its_keys_stays(void **state) {
    struct fixture *fixture = *state;
    static _Alignas(4096) uint8_t stack[STACK_BYTES];
    uint8_t prk[AVO_HKDF_HASH_BYTES], key[AVO_AEAD_KEY_BYTES], sealed[READ_BYTES];
    pthread_attr_t attributes;
    pthread_t thread;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, sizeof stack), 0);
    assert_int_equal(pthread_create(&thread, &attributes, write_and_read, fixture), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    int fd = open(fixture->path, O_RDONLY);
    assert_int_equal(read(fd, sealed, sizeof sealed), AVO_SEALED_OVERHEAD_BYTES + sizeof STATE - 1);
    (void)close(fd);
    avo_hkdf_extract(prk, avo_slice(sealed + SALT_AT, SALT_BYTES), AVO_SLICE_OF(fixture->key));
    avo_hkdf_expand(key, sizeof key, prk, avo_slice_string("avocado cas state v1"));
    assert_null(memmem(stack, sizeof stack, prk, sizeof prk));
    assert_null(memmem(stack, sizeof stack, key, sizeof key));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read_and_hidden, setup, teardown),
        cmocka_unit_test_setup_teardown(every_changed_byte_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(another_program_or_cpu_cannot_open_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_state, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_written_is_durable, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_at_the_limit_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_state_is_the_shortest, setup, teardown),
        cmocka_unit_test_setup_teardown(each_write_has_a_key_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_goes_on_after_an_interruption_and_stops_at_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(no_copy_of_its_keys_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_too_large_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
