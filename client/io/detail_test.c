/* avo_detail is about what failed last, and a caller's mistake is an error, not a crash. No cluster is needed: nobody listens. */
#include "client/io/testing.h"
#include <avocado/avocado.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define TIMEOUT_MS 20
#define DEPTH 4

struct scene {
    struct avo_test_profile folder;
    struct avo_client *client;
};

static int make(void **state) {
    struct scene *scene = malloc(sizeof *scene);
    struct avo_options options = AVO_OPTIONS_INIT;
    char why[AVO_DETAIL_BYTES];
    options.depth = DEPTH;
    options.timeout_ms = TIMEOUT_MS;
    avo_test_profile_make(&scene->folder, 3);
    for (uint8_t i = 0; i < 3; i++) { /* not a port that somebody's cluster may have */
        scene->folder.profile.view.members[i].address.port = (uint16_t)(i + 1);
    }
    avo_test_profile_sign(&scene->folder);
    assert_int_equal(avo_profile_save(scene->folder.path, &scene->folder.profile, &(struct avo_why){0}), AVO_OK);
    assert_int_equal(avo_open_with(scene->folder.path, &options, &scene->client, why, sizeof why), AVO_OK);
    *state = scene;
    return 0;
}

static int unmake(void **state) {
    struct scene *scene = *state;
    avo_close(scene->client);
    avo_test_profile_free(&scene->folder);
    free(scene);
    return 0;
}

static void assert_detail(struct avo_client *client, const char *part) {
    if (strstr(avo_detail(client), part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, avo_detail(client));
    }
}

/* A call that fails, and whose completion is taken without a question why. */
static void fail_unasked(struct avo_client *client, const char *key) {
    assert_int_equal(avo_submit_get(client, key, strlen(key), 0, 0, NULL), AVO_OK);
    while (avo_pending(client) > 0) {
        const struct avo_completion *done = avo_next(client, 1000);
        assert_true(done != NULL && done->error == AVO_ETIMEOUT);
    }
}

static void a_refused_submit_is_what_failed_last(void **state) {
    struct avo_client *client = ((struct scene *)*state)->client;
    static char large[AVO_VALUE_MAX_BYTES + 1];
    fail_unasked(client, "earlier");
    assert_int_equal(avo_submit_put(client, "k", 1, large, sizeof large, 0, 0, NULL), AVO_ETOOBIG);
    assert_detail(client, "put \"k\": the value has 1048577 bytes");
    fail_unasked(client, "earlier");
    assert_int_equal(avo_submit_get(client, "", 0, 0, 0, NULL), AVO_EINVAL);
    assert_detail(client, "get: the key is empty");
    fail_unasked(client, "earlier");
    assert_int_equal(avo_submit_get(client, "k", 1, 0, 2, NULL), AVO_EINVAL);
    assert_detail(client, "flag");
    fail_unasked(client, "earlier");
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(avo_submit_get(client, "k", 1, 0, 0, NULL), AVO_OK);
    }
    assert_int_equal(avo_submit_get(client, "k", 1, 0, 0, NULL), AVO_EBUSY);
    assert_detail(client, "4 calls are under way");
}

static void a_completion_is_remembered_until_another_call_fails(void **state) {
    struct avo_client *client = ((struct scene *)*state)->client;
    fail_unasked(client, "first");
    fail_unasked(client, "second");
    assert_null(avo_next(client, 0)); /* the completion is handed back ... */
    avo_flush(client);
    assert_int_equal(avo_submit_get(client, "third", 5, 0, 0, NULL), AVO_OK);
    assert_detail(client, "get \"second\": nobody answered in time"); /* ... and its reason still known */
    assert_int_equal(avo_put(client, "fourth", 6, "v", 1, 0), AVO_ETIMEOUT);
    assert_detail(client, "put \"fourth\"");
}

static void bytes_that_are_not_there_are_refused(void **state) {
    struct avo_client *client = ((struct scene *)*state)->client;
    char value[8];
    size_t length = 99;
    assert_int_equal(avo_put(client, NULL, 3, "v", 1, 0), AVO_EINVAL);
    assert_detail(client, "put: the key is NULL, of 3 bytes; give");
    assert_int_equal(avo_put(client, "k", 1, NULL, 7, 0), AVO_EINVAL);
    assert_detail(client, "put \"k\": the value is NULL, of 7 bytes; give");
    assert_int_equal(avo_get(client, NULL, 3, value, sizeof value, &length, 0), AVO_EINVAL);
    assert_detail(client, "get: the key is NULL");
    assert_int_equal(length, 0);
    assert_int_equal(avo_delete(client, NULL, 3, 0), AVO_EINVAL);
    assert_detail(client, "del: the key is NULL");
    assert_int_equal(avo_submit_put(client, NULL, 3, "v", 1, 0, 0, NULL), AVO_EINVAL);
    assert_detail(client, "put: the key is NULL");
    assert_int_equal(avo_submit_put(client, "k", 1, NULL, 7, 0, 0, NULL), AVO_EINVAL);
    assert_detail(client, "put \"k\": the value is NULL");
    assert_int_equal(avo_submit_get(client, NULL, 3, 0, 0, NULL), AVO_EINVAL);
    assert_int_equal(avo_submit_delete(client, NULL, 3, 0, 0, NULL), AVO_EINVAL);
    assert_detail(client, "del: the key is NULL");
    assert_int_equal(avo_pending(client), 0);
    assert_int_equal(avo_put(client, NULL, 0, "v", 1, 0), AVO_EINVAL); /* empty, as "" is */
    assert_detail(client, "put: the key is empty");
    assert_int_equal(avo_put(client, "k", 1, NULL, 0, 0), AVO_ETIMEOUT); /* an empty value is a value */
}

static void a_place_for_the_answer_is_asked_for(void **state) {
    struct scene *scene = *state;
    struct avo_client *client = scene->client, *other;
    struct avo_replica_figures figures[3];
    char value[8], why[AVO_DETAIL_BYTES];
    size_t length = 99;
    assert_int_equal(avo_get(client, "k", 1, NULL, 8, &length, 0), AVO_EINVAL);
    assert_detail(client, "get: value or value_bytes is NULL");
    assert_int_equal(length, 0);
    assert_int_equal(avo_get(client, "k", 1, value, sizeof value, NULL, 0), AVO_EINVAL);
    assert_int_equal(avo_get(client, "k", 1, NULL, 0, &length, 0), AVO_ETIMEOUT); /* only the length is wanted */
    assert_int_equal(avo_status(client, NULL, 3, &length, 0), AVO_EINVAL);
    assert_detail(client, "status: replicas or count is NULL");
    assert_int_equal(avo_status(client, figures, 3, NULL, 0), AVO_EINVAL);
    assert_int_equal(avo_status(client, NULL, 0, &length, 0), AVO_OK);
    assert_int_equal(length, 3);
    assert_int_equal(avo_open(NULL, &other, why, sizeof why), AVO_EINVAL);
    assert_null(other);
    assert_non_null(strstr(why, "open: profile_path or client is NULL"));
    assert_int_equal(avo_open(scene->folder.path, NULL, NULL, 0), AVO_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_refused_submit_is_what_failed_last, make, unmake),
        cmocka_unit_test_setup_teardown(a_completion_is_remembered_until_another_call_fails, make, unmake),
        cmocka_unit_test_setup_teardown(bytes_that_are_not_there_are_refused, make, unmake),
        cmocka_unit_test_setup_teardown(a_place_for_the_answer_is_asked_for, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
