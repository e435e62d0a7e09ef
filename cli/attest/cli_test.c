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
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    static const char *const names[] = {"tcb.json",    "qe.json",   "chain.pem",   "root_crl.der", "pck_crl.der",   "quote.bin",
                                        "quote.hex",   "root.pem",  "policy.json", "out",          "cut.bin",       "quote.b64",
                                        "quote.lines", "quote.url", "snp.bin",     "amd/vek.der",  "amd/chain.pem", "amd/crl.der"};
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        (void)unlink(path_of(names[i]));
    }
    test_scene_close(&scene);
    (void)rmdir(path_of("amd"));
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
    char hex[2 * AVO_SIM_QUOTE_BYTES_MAX + 3] = "0x";
    for (size_t i = 0; i < scene.evidence_length; i++) {
        (void)snprintf(hex + 2 + 2 * i, 3, "%02x", scene.evidence[i]);
    }
    write_file("quote.url", hex, strlen(hex));
    assert_int_equal(RUN("inspect", path_of("quote.url")), 0);
    const char *const files[] = {"quote.bin", "quote.hex"};
    for (size_t i = 0; i < AVO_COUNT(files); i++) {
        assert_int_equal(RUN("verify", path_of(files[i]), "--collateral", folder, "--root", path_of("root.pem"), AT), 0);
        assert_int_equal(strncmp(output, "ACCEPTED: ", 10), 0);
    }
}

/* As a browser, a mail or a JSON document carries it; in lines or in one, in either alphabet. */
static void accepts_base64(void **state) {
    (void)state;
    char text[2 * AVO_SIM_QUOTE_BYTES_MAX];
    char lines[3 * AVO_SIM_QUOTE_BYTES_MAX];
    size_t used = 0;
    size_t padded = scene.evidence_length + (scene.evidence_length % 3 == 0); /* zeros may follow a quote */
    int length = EVP_EncodeBlock((unsigned char *)text, scene.evidence, (int)padded);
    write_file("quote.b64", text, (size_t)length);
    for (int i = 0; i < length; i++) {
        used += (size_t)snprintf(lines + used, sizeof lines - used, "%c%s", text[i], i % 64 == 63 ? "\r\n" : "");
    }
    write_file("quote.lines", lines, used);
    while (text[length - 1] == '=') {
        length--;
    }
    assert_true(length % 4 != 0);
    for (int i = 0; i < length; i++) {
        text[i] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
    }
    assert_non_null(memchr(text, '-', (size_t)length));
    assert_non_null(memchr(text, '_', (size_t)length));
    write_file("quote.url", text, (size_t)length);
    const char *const files[] = {"quote.b64", "quote.lines", "quote.url"};
    for (size_t i = 0; i < AVO_COUNT(files); i++) {
        assert_int_equal(RUN("verify", path_of(files[i]), "--collateral", folder, "--root", path_of("root.pem"), AT), 0);
        assert_int_equal(strncmp(output, "ACCEPTED: ", 10), 0);
        assert_int_equal(RUN("inspect", path_of(files[i])), 0);
    }
    write_file("quote.url", text, (size_t)length - 7);
    assert_int_equal(RUN("verify", path_of("quote.url"), "--collateral", folder, "--root", path_of("root.pem"), AT), 1);
    write_file("quote.url", "AAAA=AAA", 8);
    assert_int_equal(RUN("verify", path_of("quote.url"), "--collateral", folder, "--root", path_of("root.pem"), AT), 1);
    assert_non_null(strstr(output, "base64 that does not decode"));
    write_file("quote.url", "AwACx", 5);
    assert_int_equal(RUN("inspect", path_of("quote.url")), 1);
}

/* What a pipe holds becomes standard input for one command. */
static int run_from_pipe(const void *bytes, size_t length, const char *const *words) {
    int ends[2];
    int saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, length), length);
    (void)close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    (void)close(ends[0]);
    int status = run(words);
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    (void)close(saved);
    return status;
}

#define PIPE(bytes, length, ...) run_from_pipe(bytes, length, (const char *const[]){"attest", __VA_ARGS__, NULL})

static void reads_a_pipe(void **state) {
    (void)state;
    char text[2 * AVO_SIM_QUOTE_BYTES_MAX];
    int length = EVP_EncodeBlock((unsigned char *)text, scene.evidence, (int)scene.evidence_length);
    const char *const names[] = {"-", "/dev/stdin"};
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        assert_int_equal(PIPE(scene.evidence, scene.evidence_length, "verify", names[i], "--collateral", folder, "--root",
                              path_of("root.pem"), AT),
                         0);
        assert_int_equal(strncmp(output, "ACCEPTED: ", 10), 0);
        assert_int_equal(PIPE(text, (size_t)length, "inspect", names[i]), 0);
        assert_non_null(strstr(output, "mr_enclave"));
    }
    assert_int_equal(PIPE(scene.evidence, scene.evidence_length - 1, "inspect", "-"), 1);
    assert_int_equal(PIPE("", 0, "verify", "-", "--collateral", folder), 2);
    assert_int_equal(RUN("inspect", folder), 2);
}

static void answers_in_json(void **state) {
    (void)state;
    assert_int_equal(RUN("verify", path_of("quote.bin"), "--collateral", folder, "--root", path_of("root.pem"), AT, "--json"), 0);
    json_t *root = json_loads(output, 0, NULL);
    assert_non_null(root);
    assert_true(json_is_true(json_object_get(root, "ok")));
    assert_string_equal(json_string_value(json_object_get(root, "message")), json_string_value(json_object_get(root, "reason")));
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

/* Revocation is spoken of where it was checked, and nowhere else. */
static void speaks_of_revocation_where_it_was_checked(void **state) {
    (void)state;
    static struct test_scene amd;
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_GENOA, TEST_NOW);
    char pem[AVO_POLICY_ROOT_BYTES_MAX];
    assert_true(test_scene_snp(&amd, &options, 5));
    assert_int_equal(mkdir(path_of("amd"), 0700), 0);
    write_file("snp.bin", amd.evidence, amd.evidence_length);
    write_file("amd/vek.der", amd.amd->view.vek.data, amd.amd->view.vek.length);
    write_file("amd/chain.pem", amd.amd->view.vek_chain.data, amd.amd->view.vek_chain.length);
    assert_int_equal(avo_sim_amd_root_pem(amd.amd, pem, sizeof pem), AVO_OK);
    write_file("root.pem", pem, strlen(pem));
#define SNP "verify", path_of("snp.bin"), "--collateral", path_of("amd"), "--root", path_of("root.pem"), AT
    assert_int_equal(RUN(SNP), 1);
    assert_non_null(strstr(output, "production defaults, snp.require_crl as it is by default"));
    assert_null(strstr(output, "revocation and dates hold"));
    assert_non_null(strstr(output, "revocation was NOT checked"));
    static const char policy[] = "{\"version\": 1, \"roles\": {\"node\": {\"accept\": [{\"tee\": \"snp\", \"measurement\": "
                                 "\"any\"}]}}, \"snp\": {\"vmpl\": 0,\n\"Genoa\": {\n\"vmpl\": 1}}}";
    write_file("policy.json", policy, sizeof policy - 1);
    assert_int_equal(RUN(SNP, "--policy", path_of("policy.json")), 1);
    assert_non_null(strstr(output, "policy.json:3 snp.vmpl"));
    write_file("amd/crl.der", amd.amd->view.amd_crl.data, amd.amd->view.amd_crl.length);
    assert_int_equal(RUN(SNP), 0);
    assert_non_null(strstr(output, "valid: signatures, certificates, revocation and dates hold"));
    write_file("root.pem", scene.policy.simulated_root, strlen(scene.policy.simulated_root));
    test_scene_close(&amd);
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
        cmocka_unit_test(accepts_binary_and_hex),
        cmocka_unit_test(accepts_base64),
        cmocka_unit_test(reads_a_pipe),
        cmocka_unit_test(answers_in_json),
        cmocka_unit_test(refuses_with_status_one),
        cmocka_unit_test(applies_a_policy),
        cmocka_unit_test(says_when_it_could_not_evaluate),
        cmocka_unit_test(inspects_every_field),
        cmocka_unit_test(speaks_of_revocation_where_it_was_checked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
