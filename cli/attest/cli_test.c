/* `avocado attest` as a user meets it: exit status and the first words of its answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/sim/folder.h"
#include "attest/testing/scene.h"
#include "cli/attest/attest_cli.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct test_scene scene;
static char folder[] = "/tmp/avocado-attest-cli-XXXXXX";
static char output[65536];

static const char *path_of(const char *name) {
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t length) {
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state) {
    (void)state;
    struct avo_sim_collateral collateral;
    assert_non_null(mkdtemp(folder));
    assert_true(test_scene_sgx(&scene));
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &collateral), AVO_OK);
    assert_int_equal(avo_sim_folder_write(folder, &collateral.view), AVO_OK);
    avo_sim_collateral_free(&collateral);
    write_file("quote.bin", scene.evidence, scene.evidence_length);
    write_file("root.pem", scene.policy.simulated_root, strlen(scene.policy.simulated_root));
    FILE *hex = fopen(path_of("quote.hex"), "w");
    assert_non_null(hex);
    for (size_t i = 0; i < scene.evidence_length; i++) {
        (void)fprintf(hex, "%02X%s", scene.evidence[i], i % 32 == 31 ? "\n" : "");
    }
    assert_int_equal(fclose(hex), 0);
    return 0;
}

static int tear_down(void **state) {
    static const char *const names[] = {"tcb.json",  "qe.json",  "chain.pem",   "root_crl.der", "pck_crl.der", "quote.bin",
                                        "quote.hex", "root.pem", "policy.json", "out",          "cut.bin"};
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        (void)unlink(path_of(names[i]));
    }
    test_scene_close(&scene);
    return rmdir(folder);
}

/* Runs the command with stdout into `output`. */
static int run(const char *const *words) {
    char *argv[16] = {NULL};
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        argv[argc] = strdup(words[argc]);
    }
    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    FILE *file = freopen(path_of("out"), "w", stdout);
    assert_non_null(file);
    int status = avo_cli_attest(argc, argv);
    (void)fflush(stdout);
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(saved);
    for (int i = 0; i < argc; i++) {
        free(argv[i]);
    }
    FILE *read = fopen(path_of("out"), "r");
    assert_non_null(read);
    output[fread(output, 1, sizeof output - 1, read)] = '\0';
    (void)fclose(read);
    return status;
}

#define RUN(...) run((const char *const[]){"attest", __VA_ARGS__, NULL})
#define AT "--at", "2025-07-02T00:00:00Z"

static void accepts_binary_and_hex(void **state) {
    (void)state;
    const char *const files[] = {"quote.bin", "quote.hex"};
    for (size_t i = 0; i < AVO_COUNT(files); i++) {
        assert_int_equal(RUN("verify", path_of(files[i]), "--collateral", folder, "--root", path_of("root.pem"), AT), 0);
        assert_int_equal(strncmp(output, "ACCEPTED: ", 10), 0);
    }
}

static void answers_in_json(void **state) {
    (void)state;
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--root", path_of("root.pem"), AT, "--json"), 0);
    json_t *root = json_loads(output, 0, NULL);
    assert_non_null(root);
    assert_true(json_is_true(json_object_get(root, "valid")));
    assert_true(json_is_true(json_object_get(root, "accepted")));
    assert_true(json_is_false(json_object_get(root, "debug")));
    assert_string_equal(json_string_value(json_object_get(root, "kind")), "sgx");
    assert_string_equal(json_string_value(json_object_get(root, "status")), "UpToDate");
    assert_int_equal(json_array_size(json_object_get(root, "advisories")), 0);
    const json_t *claims = json_object_get(root, "claims");
    assert_string_equal(json_string_value(json_object_get(claims, "measurement")),
                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    json_decref(root);
}

static void refuses_with_status_one(void **state) {
    (void)state;
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, AT), 1);
    assert_non_null(strstr(output, "does not end in a root"));
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--root", path_of("root.pem"), "--at",
                         "2025-09-01T00:00:00+02:00"),
                     1);
    assert_non_null(strstr(output, "expired 2025-07-31"));
    write_file("cut.bin", scene.evidence, scene.evidence_length - 7);
    assert_int_equal(RUN("verify", path_of("cut.bin"), "--collateral", folder, "--root", path_of("root.pem"), AT, "--json"), 1);
    assert_non_null(strstr(output, "\"valid\": false"));
    assert_int_equal(RUN("inspect", path_of("cut.bin")), 1);
}

static void applies_a_policy(void **state) {
    (void)state;
    static const char policy[] = "{\"version\": 1,\n \"roles\": {\"node\": {\"accept\": [\n  {\"tee\": \"sgx\", \"measurement\": "
                                 "\"%s\"}]}}}\n";
    char text[512];
    (void)snprintf(text, sizeof text, policy, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    write_file("policy.json", text, strlen(text));
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--root", path_of("root.pem"), AT, "--policy",
                         path_of("policy.json")),
                     0);
    assert_non_null(strstr(output, "the rule on policy line 3 for role node"));
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--root", path_of("root.pem"), AT, "--policy",
                         path_of("policy.json"), "--role", "cas"),
                     1);
    (void)snprintf(text, sizeof text, policy, "abaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    write_file("policy.json", text, strlen(text));
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--root", path_of("root.pem"), AT, "--policy",
                         path_of("policy.json")),
                     1);
    assert_non_null(strstr(output, "no rule of role any"));
    assert_non_null(strstr(output, "policy.json:2 roles"));
}

static void says_when_it_could_not_evaluate(void **state) {
    (void)state;
    write_file("policy.json", "{}", 2);
    assert_int_equal(RUN("verify", path_of("nothing"), "--collateral", folder), 2);
    assert_int_equal(RUN("verify", path_of("quote.bin")), 2);
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", path_of("nothing")), 2);
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--policy", path_of("policy.json")), 2);
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--at", "yesterday"), 2);
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--colateral", folder), 2);
    assert_int_equal(RUN("fly"), 2);
    assert_int_equal(RUN("--help"), 0);
}

static void inspects_every_field(void **state) {
    (void)state;
    assert_int_equal(RUN("inspect", path_of("quote.bin")), 0);
    static const char *const names[] = {"mr_enclave", "isv_svn", "qe_signature", "fmspc", "not_after", "report_data"};
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        assert_non_null(strstr(output, names[i]));
    }
    assert_int_equal(RUN("inspect", path_of("quote.bin"), "--json"), 0);
    json_t *root = json_loads(output, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "certificates")), 3);
    json_decref(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_binary_and_hex),          cmocka_unit_test(answers_in_json),
        cmocka_unit_test(refuses_with_status_one),         cmocka_unit_test(applies_a_policy),
        cmocka_unit_test(says_when_it_could_not_evaluate), cmocka_unit_test(inspects_every_field),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
