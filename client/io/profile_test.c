/* Profiles: what is written is read back, and whatever is altered is refused with the field's name. */
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include "client/io/testing.h"
#include <avocado/avocado.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static int make(void **state) {
    struct avo_test_profile *folder = malloc(sizeof *folder);
    avo_test_profile_make(folder, 1);
    *state = folder;
    return 0;
}

static int unmake(void **state) {
    avo_test_profile_free(*state);
    free(*state);
    return 0;
}

static int renamed(char *to, size_t capacity, const char *text, const char *field, const char *name) {
    return snprintf(to, capacity, "%.*s%s%s", (int)(field - text), text, name, field + strlen("client_secret_key"));
}

static void what_is_saved_is_loaded(void **state) {
    struct avo_test_profile *folder = *state;
    struct avo_profile loaded;
    struct avo_why why;
    struct stat info;
    assert_int_equal(avo_profile_save(folder->path, &folder->profile, &why), AVO_OK);
    assert_int_equal(stat(folder->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(avo_profile_load(folder->path, &loaded, &why), AVO_OK);
    assert_memory_equal(loaded.key.secret, folder->profile.key.secret, AVO_SECRET_KEY_BYTES);
    assert_memory_equal(loaded.key.public, folder->profile.key.public, AVO_PUBLIC_KEY_BYTES);
    assert_memory_equal(&loaded.cas_address, &folder->profile.cas_address, sizeof loaded.cas_address);
    assert_int_equal(loaded.view.members[0].address.port, 7100);
    assert_int_equal(loaded.ticket.rights, AVO_RIGHT_READ);
    assert_string_equal(loaded.mode, "process");
}

static void a_missing_file_says_what_to_do(void **state) {
    struct avo_test_profile *folder = *state;
    struct avo_profile loaded;
    struct avo_why why;
    assert_int_equal(avo_profile_load(folder->path, &loaded, &why), AVO_EIO);
    assert_non_null(strstr(why.text, "avocado up"));
}

/* Every digit of every field: one changed, and the profile is refused, and `why` names a field. */
static void every_altered_digit_is_refused(void **state) {
    static const char *const fields[] = {"cas_public_key",    "cas_signing_key", "cluster_id", "pin",
                                         "client_secret_key", "ticket",          "view"};
    struct avo_test_profile *folder = *state;
    struct avo_profile loaded;
    struct avo_why why;
    assert_int_equal(avo_profile_save(folder->path, &folder->profile, &why), AVO_OK);
    json_t *root = json_load_file(folder->path, 0, NULL);
    for (size_t f = 0; f < AVO_COUNT(fields); f++) {
        char *text = strdup(json_string_value(json_object_get(root, fields[f])));
        for (size_t i = 0; i < strlen(text); i++) {
            char kept = text[i];
            text[i] = kept == '0' ? '1' : '0';
            (void)json_object_set_new(root, fields[f], json_string(text));
            char *altered = json_dumps(root, 0);
            enum avo_error error = avo_profile_read(avo_slice_string(altered), "p", &loaded, &why);
            bool clamped = strcmp(fields[f], "client_secret_key") == 0 && (i < 2 || i >= 62); /* X25519 ignores 5 bits */
            assert_true(clamped || error == AVO_EAUTH || error == AVO_EDENIED);
            assert_true(clamped || strstr(why.text, "profile p: ") == why.text);
            free(altered);
            text[i] = kept;
        }
        (void)json_object_set_new(root, fields[f], json_string(text));
        free(text);
    }
    json_decref(root);
}

static void a_field_that_is_missing_or_odd_is_refused(void **state) {
    struct avo_test_profile *folder = *state;
    struct avo_profile loaded;
    struct avo_why why;
    assert_int_equal(avo_profile_save(folder->path, &folder->profile, &why), AVO_OK);
    json_t *root = json_load_file(folder->path, 0, NULL);
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value) {
        json_t *copy = json_deep_copy(root);
        (void)json_object_set_new(copy, name, json_string("an odd text that is too long for words"));
        char *odd = json_dumps(copy, 0);
        (void)json_object_del(copy, name);
        char *without = json_dumps(copy, 0);
        assert_int_equal(avo_profile_read(avo_slice_string(odd), "p", &loaded, &why), AVO_EFORMAT);
        assert_non_null(strstr(why.text, name));
        assert_int_equal(avo_profile_read(avo_slice_string(without), "p", &loaded, &why), AVO_EFORMAT);
        assert_non_null(strstr(why.text, name));
        free(odd);
        free(without);
        json_decref(copy);
    }
    json_decref(root);
}

/* Readable by others: used, and said; changed by others: not used. */
static void who_else_has_access_is_told(void **state) {
    struct avo_test_profile *folder = *state;
    struct avo_profile loaded;
    struct avo_client *client;
    struct avo_why why;
    char line[AVO_DETAIL_BYTES];
    assert_int_equal(avo_profile_save(folder->path, &folder->profile, &why), AVO_OK);
    assert_int_equal(avo_open(folder->path, &client, line, sizeof line), AVO_OK);
    assert_string_equal(line, "");
    assert_string_equal(avo_detail(client), "");
    avo_close(client);
    assert_int_equal(chmod(folder->path, 0640), 0);
    assert_int_equal(avo_open(folder->path, &client, line, sizeof line), AVO_OK);
    assert_non_null(strstr(line, "others can read the secret key in it; chmod 600 it"));
    assert_string_equal(avo_detail(client), line);
    avo_close(client);
    assert_int_equal(chmod(folder->path, 0602), 0);
    assert_int_equal(avo_profile_load(folder->path, &loaded, &why), AVO_EAUTH);
    assert_non_null(strstr(why.text, "can be changed by everybody"));
    assert_int_equal(chmod(folder->path, 0600), 0);
    assert_int_equal(chmod(folder->dir, 0777), 0);
    assert_int_equal(avo_open(folder->path, &client, line, sizeof line), AVO_EAUTH);
    assert_null(client);
    assert_non_null(strstr(line, folder->dir));
    assert_int_equal(chmod(folder->dir, 0700), 0);
}

/* A key that is written so that it could be read another way than it is taken out of the text. */
static void a_key_that_hides_is_refused(void **state) {
    static const char *const names[] = {"client\\u005fsecret_key", "CLIENT_SECRET_KEY"};
    struct avo_test_profile *folder = *state;
    struct avo_profile loaded;
    struct avo_why why;
    assert_int_equal(avo_profile_save(folder->path, &folder->profile, &why), AVO_OK);
    json_t *root = json_load_file(folder->path, 0, NULL);
    char *text = json_dumps(root, 0);
    const char *field = strstr(text, "client_secret_key");
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        char *hidden = malloc(strlen(text) + 16);
        (void)renamed(hidden, strlen(text) + 16, text, field, names[i]);
        assert_int_equal(avo_profile_read(avo_slice_string(hidden), "p", &loaded, &why), AVO_EFORMAT);
        free(hidden);
    }
    char *twice = malloc(2 * strlen(text));
    (void)snprintf(twice, 2 * strlen(text), "{\"a\":{\"client_secret_key\":\"%.64s\"},%s", field + 21, text + 1);
    assert_int_equal(avo_profile_read(avo_slice_string(twice), "p", &loaded, &why), AVO_EFORMAT);
    free(twice);
    free(text);
    json_decref(root);
}

static void rubbish_is_no_profile(void **state) {
    static const char *const texts[] = {"", "{", "[]", "null", "{}", "\xff\xfe", "{\"a\":1,\"a\":2}"};
    struct avo_profile loaded;
    struct avo_why why;
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(texts); i++) {
        assert_int_equal(avo_profile_read(avo_slice_string(texts[i]), "p", &loaded, &why), AVO_EFORMAT);
    }
}

static void endpoints_are_read_and_written(void **state) {
    static const char *const good[] = {"127.0.0.1:1", "10.1.2.3:65535", "[::1]:7099", "[2001:db8::5]:80"};
    static const char *const wrong[] = {
        "",       ":",     "127.0.0.1",    "127.0.0.1:",   "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:7x",
        "::1:80", "[::1]", "localhost:80", "127.0.0.1:+7", "1.2.3:4"};
    char text[AVO_ENDPOINT_TEXT_BYTES];
    struct avo_address address;
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(good); i++) {
        assert_true(avo_endpoint_read(good[i], &address));
        avo_endpoint_write(text, &address);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        assert_false(avo_endpoint_read(wrong[i], &address));
    }
}

static void hex_goes_both_ways(void **state) {
    uint8_t bytes[4];
    char text[9];
    struct avo_buffer buffer = {.data = bytes, .capacity = sizeof bytes};
    (void)state;
    assert_true(avo_hex_read("00fFa5", &buffer));
    assert_int_equal(buffer.length, 3);
    avo_hex_write(text, avo_buffer_slice(&buffer));
    assert_string_equal(text, "00ffa5");
    assert_false(avo_hex_read("0", &buffer));
    assert_false(avo_hex_read("0g", &buffer));
    assert_false(avo_hex_read("0011223344", &buffer));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_saved_is_loaded, make, unmake),
        cmocka_unit_test_setup_teardown(a_missing_file_says_what_to_do, make, unmake),
        cmocka_unit_test_setup_teardown(every_altered_digit_is_refused, make, unmake),
        cmocka_unit_test_setup_teardown(a_field_that_is_missing_or_odd_is_refused, make, unmake),
        cmocka_unit_test_setup_teardown(who_else_has_access_is_told, make, unmake),
        cmocka_unit_test_setup_teardown(a_key_that_hides_is_refused, make, unmake),
        cmocka_unit_test(rubbish_is_no_profile),
        cmocka_unit_test(endpoints_are_read_and_written),
        cmocka_unit_test(hex_goes_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
