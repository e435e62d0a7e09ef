/* Writes the fuzzers' corpora from generated evidence. usage: attest_corpus FOLDER, e.g. fuzz/corpus */
#include "attest/sim/sign.h"
#include "attest/testing/scene.h"
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *root;
static bool failed;

static void write_file(const char *corpus, const char *name, struct avo_slice bytes) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", root, corpus);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof path, "%s/%s/%s", root, corpus, name);
    FILE *file = fopen(path, "wb");
    failed = failed || file == NULL || fwrite(bytes.data, 1, bytes.length, file) != bytes.length;
    failed = (file != NULL && fclose(file) != 0) || failed;
}

/* One file each of what a folder of collateral may hold. */
static void write_pieces(const struct avo_collateral *view, const char *name) {
    const struct {
        const char *what;
        struct avo_slice bytes;
    } pieces[] = {{"tcb", view->tcb_info},        {"qe", view->qe_identity},  {"chain", view->tcb_chain},
                  {"root_crl", view->root_crl},   {"pck_crl", view->pck_crl}, {"vek", view->vek},
                  {"vek_chain", view->vek_chain}, {"amd_crl", view->amd_crl}};
    char file[128];
    for (size_t i = 0; i < AVO_COUNT(pieces); i++) {
        if (pieces[i].bytes.length > 0) {
            (void)snprintf(file, sizeof file, "%s_%s", name, pieces[i].what);
            write_file("classify", file, pieces[i].bytes);
        }
    }
}

static void write_scene(struct test_scene *scene, bool opened, const char *name) {
    failed = failed || !opened;
    write_file("quote", name, avo_slice(scene->evidence, scene->evidence_length));
    struct avo_sim_collateral collateral;
    if (scene->platform != NULL && avo_sim_collateral_make(scene->platform, &scene->statement, &collateral) == AVO_OK) {
        write_file("tcb_info", name, collateral.view.tcb_info);
        write_file("qe_identity", name, collateral.view.qe_identity);
        write_pieces(&collateral.view, name);
        avo_sim_collateral_free(&collateral);
    }
    if (scene->amd != NULL) {
        write_file("snp_report", name, avo_slice(scene->evidence, scene->evidence_length));
        write_file("pck_extension", name, scene->amd->view.vek);
        write_pieces(&scene->amd->view, name);
    }
    test_scene_close(scene);
}

static void write_pck(void) {
    struct avo_sim_options options = avo_sim_options_default(TEST_NOW);
    uint8_t extension[1024];
    memset(options.ppid, 0x11, sizeof options.ppid);
    size_t length = avo_sim_pck_extension(&options, extension);
    write_file("pck_extension", "pck", avo_slice(extension, length));
}

static void write_policies(void) {
#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    static const char cluster[] =
        "{\"version\": 1, \"cluster\": {\"name\": \"demo\", \"nodes\": 3, \"workers\": 2, \"value_bytes_max\": 65536, \"mtu\": "
        "1400},\n"
        "\"owner\": \"" HASH "\", \"users\": [{\"name\": \"alice\", \"public_key\": \"" HASH
        "\", \"rights\": [\"read\", \"write\"]}],\n"
        "\"tcb_statuses\": [\"UpToDate\"], \"advisories\": [\"INTEL-SA-00615\"], \"chips\": "
        "[\"00112233445566778899aabbccddeeff\"],\n"
        "\"roles\": {\"node\": {\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"" HASH "\"}]},\n"
        "\"cas\": {\"accept\": [{\"tee\": \"sgx\", \"signer\": \"" HASH "\", \"product\": 1, \"minimum_svn\": 2}]}}}\n";
    static const char tool[] =
        "{\"version\": 1, \"debug\": false, \"minimum_tcb_evaluation_number\": 17, \"sgx\": {\"allow_smt\": false},\n"
        "\"tdx\": {\"require_sept_ve_disable\": false, \"xfam_allowed\": \"00000000000602e7\"},\n"
        "\"snp\": {\"products\": [\"Milan\", \"Turin\"], \"vmpl\": 1, \"minimum_tcb\": {\"snp\": 20}},\n"
        "\"roles\": {\"node\": {\"accept\": [{\"tee\": \"snp\", \"measurement\": \"any\"}, {\"tee\": \"tdx\", \"measurement\": "
        "\"any\"}]}}}\n";
    write_file("policy", "cluster", avo_slice_string(cluster));
    write_file("policy", "tool", avo_slice_string(tool));
}

static void write_texts(void) {
    write_file("decode_text", "hex", avo_slice_string("0xdead BEEF\n00ff"));
    write_file("decode_text", "hex_cut", avo_slice_string("0xabc"));
    write_file("decode_text", "base64", avo_slice_string("q83v\r\n/+Z8=="));
    write_file("decode_text", "base64url", avo_slice_string("_-Z8qg"));
    write_file("decode_text", "two_digits", avo_slice_string("_w"));
    write_file("decode_text", "pem", avo_slice_string("-----BEGIN CERTIFICATE-----\n"));
}

int main(int argc, char **argv) {
    static struct test_scene scene;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: attest_corpus FOLDER\n");
        return 2;
    }
    root = argv[1];
    struct avo_sim_amd_options genoa = avo_sim_amd_options_default(AVO_SNP_GENOA, TEST_NOW);
    struct avo_sim_amd_options turin = avo_sim_amd_options_default(AVO_SNP_TURIN, TEST_NOW);
    write_scene(&scene, test_scene_sgx(&scene), "sgx_v3");
    write_scene(&scene, test_scene_tdx(&scene, 4, false), "tdx_v4");
    write_scene(&scene, test_scene_tdx(&scene, 5, true), "tdx_v5");
    write_scene(&scene, test_scene_snp(&scene, &genoa, 2), "snp_v2_genoa");
    write_scene(&scene, test_scene_snp(&scene, &turin, 5), "snp_v5_turin");
    write_pck();
    write_policies();
    write_texts();
    return failed ? 1 : 0;
}
