/* Collateral of a fleet: both vendors, several CPU families and chips in one folder, one bundle or one list, and what is chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/sim/quote.h"
#include "attest/testing/folder.h"
#include "attest/testing/forge.h"
#include "attest/verify/load.h"
#include "attest/verify/parse.h"

#define FAMILIES 2

static struct test_scene intel[FAMILIES]; /* SGX platforms of two families */
static struct test_scene td;              /* a TDX guest on the first family's platform */
static struct test_scene amd[3];
static struct avo_sim_collateral made[FAMILIES + 1];
static struct test_forge forge;
static struct test_folder folder;

static void write_slice(const char *name, struct avo_slice bytes) {
    test_folder_write(&folder, name, bytes.data, bytes.length);
}

/* Of one vendor, as all that is not simulated. */
static void make_intel(void) {
    struct avo_sgx_report report = test_sgx_report();
    uint8_t fmspc[6];
    assert_true(test_scene_sgx(&intel[0]));
    memcpy(fmspc, intel[0].platform->options.fmspc, sizeof fmspc);
    fmspc[1] ^= 1;
    intel[1] = intel[0];
    intel[1].platform = avo_sim_platform_relative(intel[0].platform, fmspc);
    assert_non_null(intel[1].platform);
    assert_true(test_quote_sgx(&intel[1], &report));
    for (size_t i = 0; i < FAMILIES; i++) {
        assert_int_equal(avo_sim_collateral_make(intel[i].platform, &intel[i].statement, &made[i]), AVO_OK);
    }
}

/* A guest on the platform of the first family: another TCB info, and another QE identity, for the same FMSPC. */
static void make_td(void) {
    struct avo_td_report report = avo_sim_td_report_default(true);
    td = intel[0];
    td.platform = avo_sim_platform_sibling(intel[0].platform);
    assert_non_null(td.platform);
    td.statement.tdx = true;
    assert_true(test_quote_td(&td, 5, &report));
    assert_int_equal(avo_sim_collateral_make(td.platform, &td.statement, &made[FAMILIES]), AVO_OK);
}

/* Two Genoa chips of one vendor, and a Turin. */
static void make_amd(void) {
    static const enum avo_snp_product products[] = {AVO_SNP_GENOA, AVO_SNP_GENOA, AVO_SNP_TURIN};
    for (size_t i = 0; i < AVO_COUNT(products); i++) {
        struct avo_sim_amd_options options = avo_sim_amd_options_default(products[i], TEST_NOW);
        assert_true(test_scene_snp(&amd[i], &options, 5));
    }
    uint8_t chip[64];
    memset(chip, 0xC2, sizeof chip);
    avo_sim_amd_free(amd[1].amd);
    amd[1] = amd[0];
    amd[1].amd = avo_sim_amd_sibling(amd[0].amd, chip);
    assert_non_null(amd[1].amd);
    struct avo_snp_report report = avo_sim_amd_report_default(amd[1].amd, 5);
    assert_true(test_report_snp(&amd[1], &report));
}

static int set_up_once(void **state) {
    (void)state;
    make_intel();
    make_td();
    make_amd();
    test_folder_open(&folder);
    return 0;
}

static int tear_down_once(void **state) {
    (void)state;
    test_folder_remove(&folder);
    for (size_t i = 0; i < AVO_COUNT(made); i++) {
        avo_sim_collateral_free(&made[i]);
    }
    for (size_t i = 0; i < AVO_COUNT(amd); i++) {
        test_scene_close(&amd[i]);
    }
    test_scene_close(&td);
    test_scene_close(&intel[0]);
    test_scene_close(&intel[1]);
    test_forge_free(&forge);
    return 0;
}

/* Loads what stands at `path` and verifies the scene's evidence with what is chosen from it. */
static void verify_at(struct test_scene *scene, const char *path) {
    struct avo_pool pool;
    struct avo_reason reason;
    struct avo_evidence evidence;
    enum avo_error error = avo_pool_load(path, &pool, &reason);
    if (error != AVO_OK) {
        printf("    %s\n", reason.text);
    }
    assert_int_equal(error, AVO_OK);
    assert_int_equal(avo_evidence_parse(avo_slice(scene->evidence, scene->evidence_length), &evidence, &reason), AVO_OK);
    struct avo_collateral chosen = avo_pool_choose(&pool, &evidence);
    test_verify_with(scene, &chosen);
    avo_pool_free(&pool);
}

static void all_are_accepted_at(const char *path) {
    struct test_scene *const all[] = {&intel[0], &intel[1], &td, &amd[0], &amd[1], &amd[2]};
    for (size_t i = 0; i < AVO_COUNT(all); i++) {
        verify_at(all[i], path);
        test_accepted(all[i]);
        assert_true(all[i]->result.claims.revocation_checked);
    }
}

struct piece {
    const char *name;
    struct avo_slice bytes;
};

static void write_pieces(const char *prefix, const struct piece *pieces, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", prefix, pieces[i].name);
        write_slice(name, pieces[i].bytes);
    }
}

static void write_intel(const char *prefix, const struct avo_collateral *view) {
    const struct piece pieces[] = {{"tcb.json", view->tcb_info},
                                   {"qe.json", view->qe_identity},
                                   {"chain.pem", view->tcb_chain},
                                   {"root_crl.der", view->root_crl},
                                   {"pck_crl.der", view->pck_crl}};
    write_pieces(prefix, pieces, AVO_COUNT(pieces));
}

static void write_amd(const char *prefix, const struct avo_collateral *view) {
    const struct piece pieces[] = {{"vek.der", view->vek}, {"chain.pem", view->vek_chain}, {"crl.der", view->amd_crl}};
    write_pieces(prefix, pieces, AVO_COUNT(pieces));
}

/* A folder a platform, with the names that one platform's files always had. */
static void chooses_among_folders(void **state) {
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    test_folder_clear(&folder);
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        char prefix[8];
        test_folder_make(&folder, names[i]);
        (void)snprintf(prefix, sizeof prefix, "%s/", names[i]);
        if (i < 3) {
            write_intel(prefix, &made[i].view);
        } else {
            write_amd(prefix, &amd[i - 3].amd->view);
        }
    }
    test_folder_write(&folder, "README", "nothing of use", 14);
    test_folder_write(&folder, "d/notes.json", "{\"chips\": 1}", 12);
    test_folder_write(&folder, "d/broken.json", "{", 1);
    test_folder_write(&folder, ".hidden.json", "{\"vek\": 7}", 10);
    all_are_accepted_at(folder.path);
}

/* One folder, names of one's own. */
static void chooses_among_files_of_any_name(void **state) {
    (void)state;
    test_folder_clear(&folder);
    for (uint8_t i = 0; i < 6; i++) {
        char prefix[8];
        (void)snprintf(prefix, sizeof prefix, "%u-", 5u - i);
        if (i < 3) {
            write_intel(prefix, &made[i].view);
        } else {
            write_amd(prefix, &amd[i - 3].amd->view);
        }
    }
    all_are_accepted_at(folder.path);
}

/* Both vendors under the names of one: one chain.pem for all. */
static void chooses_between_vendors_in_one_folder(void **state) {
    (void)state;
    const struct avo_sim_platform *p = intel[0].platform;
    test_folder_clear(&folder);
    write_intel("", &made[0].view);
    write_amd("", &amd[0].amd->view);
    write_slice("chain.pem", TEST_CHAIN(&forge, amd[0].amd->ask, amd[0].amd->ark, p->signing, p->root));
    write_slice("guests.json", made[FAMILIES].view.tcb_info);
    write_slice("td_qe.json", made[FAMILIES].view.qe_identity);
    struct test_scene *const all[] = {&intel[0], &td, &amd[0]};
    for (size_t i = 0; i < AVO_COUNT(all); i++) {
        verify_at(all[i], folder.path);
        test_accepted(all[i]);
    }
}

/* One bundle for both vendors, and a list of bundles. */
static void chooses_from_bundles(void **state) {
    (void)state;
    char path[TEST_PATH_BYTES];
    struct avo_reason reason;
    struct avo_collateral both = made[0].view;
    test_folder_clear(&folder);
    both.vek = amd[0].amd->view.vek;
    both.vek_chain = amd[0].amd->view.vek_chain;
    both.amd_crl = amd[0].amd->view.amd_crl;
    char *text = avo_collateral_to_json(&both, &reason);
    assert_non_null(text);
    test_folder_write(&folder, "both.json", text, strlen(text));
    free(text);
    test_folder_path(&folder, "both.json", path);
    verify_at(&intel[0], path);
    test_accepted(&intel[0]);
    verify_at(&amd[0], path);
    test_accepted(&amd[0]);

    json_t *list = json_array();
    const struct avo_collateral *const views[] = {&made[0].view,     &made[1].view,     &made[2].view,
                                                  &amd[0].amd->view, &amd[1].amd->view, &amd[2].amd->view};
    for (size_t i = 0; i < AVO_COUNT(views); i++) {
        text = avo_collateral_to_json(views[i], &reason);
        assert_int_equal(json_array_append_new(list, json_loads(text, 0, NULL)), 0);
        free(text);
    }
    text = json_dumps(list, 0);
    test_folder_clear(&folder);
    test_folder_write(&folder, "fleet.json", text, strlen(text));
    free(text);
    json_decref(list);
    test_folder_path(&folder, "fleet.json", path);
    all_are_accepted_at(path);
    all_are_accepted_at(folder.path); /* the same file in a folder */
}

/* Chips of one product share chain and CRL. */
static void chips_share_what_their_vendor_signs(void **state) {
    (void)state;
    test_folder_clear(&folder);
    test_folder_make(&folder, "chips");
    write_slice("chain.pem", amd[0].amd->view.vek_chain);
    write_slice("crl.der", amd[0].amd->view.amd_crl);
    write_slice("chips/one.der", amd[0].amd->view.vek);
    write_slice("chips/two.der", amd[1].amd->view.vek);
    write_slice("chips/three.der", amd[2].amd->view.vek);
    for (size_t i = 0; i < 2; i++) {
        verify_at(&amd[i], folder.path);
        test_accepted(&amd[i]);
        assert_true(amd[i].result.claims.revocation_checked);
    }
    verify_at(&amd[2], folder.path);
    test_refused_for(&amd[2], "VCEK certificate chain"); /* there is none of its product */
}

static void quote_by_ppid(struct test_scene *scene) {
    struct avo_sgx_report report = test_sgx_report();
    uint8_t body[AVO_SGX_REPORT_BYTES];
    avo_sgx_report_encode(&report, body);
    const struct avo_sim_quote_request request = {.version = 3, .body_type = 1, .body = AVO_SLICE_OF(body), .by_ppid = true};
    struct avo_buffer out = {scene->evidence, 0, sizeof scene->evidence};
    assert_int_equal(avo_sim_quote(scene->platform, &request, &out), AVO_OK);
    scene->evidence_length = out.length;
}

/* A quote that carries no PCK certificate: the one with its PPID is found among those of the fleet, in whatever order they stand.
 */
static void finds_a_pck_by_its_ppid(void **state) {
    (void)state;
    struct test_scene by_ppid[FAMILIES] = {intel[0], intel[1]};
    test_folder_clear(&folder);
    for (size_t i = 0; i < FAMILIES; i++) {
        const struct avo_sim_platform *p = intel[i].platform;
        quote_by_ppid(&by_ppid[i]);
        write_intel(i == 0 ? "a-" : "b-", &made[i].view);
        write_slice(i == 0 ? "pck-1.pem" : "pck-2.pem", TEST_CHAIN(&forge, p->ca, p->root, p->pck));
    }
    for (size_t i = 0; i < FAMILIES; i++) {
        verify_at(&by_ppid[i], folder.path);
        test_accepted(&by_ppid[i]);
        assert_memory_equal(by_ppid[i].result.claims.chip_id, intel[i].platform->options.ppid, 16);
    }
    const struct avo_sim_platform *p = intel[1].platform;
    write_slice("pck-1.pem", TEST_CHAIN(&forge, p->pck, p->ca, p->root));
    verify_at(&by_ppid[0], folder.path);
    test_refused_for(&by_ppid[0], "for another platform than the quote's PPID");
    test_folder_clear(&folder);
    write_intel("", &made[0].view);
    verify_at(&by_ppid[0], folder.path);
    test_refused_for(&by_ppid[0], "neither in the quote (type 1, PPID only) nor among");
}

/* Two vendors of the same names, as two simulated ones are: what stands beside a certificate belongs to it. */
static void prefers_what_stands_side_by_side(void **state) {
    (void)state;
    static struct test_scene other;
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_GENOA, TEST_NOW);
    memset(options.chip_id, 0xC3, sizeof options.chip_id);
    assert_true(test_scene_snp(&other, &options, 5));
    test_folder_clear(&folder);
    const struct test_scene *const scenes[] = {&amd[0], &other};
    for (size_t i = 0; i < AVO_COUNT(scenes); i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%zu", i);
        test_folder_make(&folder, name);
        (void)snprintf(name, sizeof name, "%zu/z.pem", i);
        write_slice(name, scenes[i]->amd->view.vek_chain);
        (void)snprintf(name, sizeof name, "%zu/a.der", i);
        write_slice(name, scenes[i]->amd->view.vek);
    }
    struct test_scene *const verified[] = {&amd[0], &other};
    for (size_t i = 0; i < AVO_COUNT(verified); i++) {
        verified[i]->policy.snp.of[AVO_SNP_GENOA].require_crl = false;
        verify_at(verified[i], folder.path);
        test_accepted(verified[i]);
        verified[i]->policy.snp.of[AVO_SNP_GENOA].require_crl = true;
    }
    test_scene_close(&other);
}

/* An old file left in its place does not stand in the way of a new one, by whatever name. */
static void the_newest_of_each_kind_counts(void **state) {
    (void)state;
    struct avo_sim_statement later = intel[0].statement;
    struct avo_sim_collateral newer;
    later.issue_unix_s = TEST_NOW + 20 * TEST_DAY;
    assert_int_equal(avo_sim_collateral_make(intel[0].platform, &later, &newer), AVO_OK);
    intel[0].now_unix_s = TEST_NOW + 40 * TEST_DAY;
    static const char *const orders[] = {"a-", "z-"};
    for (size_t i = 0; i < AVO_COUNT(orders); i++) {
        test_folder_clear(&folder);
        write_intel("m-", &made[0].view);
        verify_at(&intel[0], folder.path);
        test_refused_for(&intel[0], "expired");
        write_intel(orders[i], &newer.view);
        verify_at(&intel[0], folder.path);
        test_accepted(&intel[0]);
        struct avo_pool pool;
        struct avo_reason reason;
        assert_int_equal(avo_pool_load(folder.path, &pool, &reason), AVO_OK);
        assert_int_equal(avo_pool_ends(&pool), TEST_NOW + 50 * TEST_DAY); /* what is superseded ends no more */
        avo_pool_free(&pool);
    }
    later.issue_unix_s = TEST_NOW + 30 * TEST_DAY;
    later.evaluation_number = 17; /* issued later, of an older evaluation */
    struct avo_sim_collateral standard;
    assert_int_equal(avo_sim_collateral_make(intel[0].platform, &later, &standard), AVO_OK);
    write_slice("b-tcb.json", standard.view.tcb_info);
    write_slice("b-qe.json", standard.view.qe_identity);
    verify_at(&intel[0], folder.path);
    test_accepted(&intel[0]);
    assert_int_equal(intel[0].result.claims.tcb_evaluation_number, 18);
    assert_int_equal(intel[0].result.claims.qe_evaluation_number, 18);
    intel[0].now_unix_s = TEST_NOW + TEST_DAY;
    avo_sim_collateral_free(&standard);
    avo_sim_collateral_free(&newer);
}

static void says_what_is_wrong_with_the_nearest(void **state) {
    (void)state;
    struct avo_pool pool;
    struct avo_reason reason;
    test_folder_clear(&folder);
    write_slice("trusted.pem", TEST_CHAIN(&forge, intel[0].platform->root)); /* a root alone is no collateral */
    assert_int_equal(avo_pool_load(folder.path, &pool, &reason), AVO_EIO);
    write_intel("", &made[1].view);
    verify_at(&intel[0], folder.path);
    test_refused_for(&intel[0], "another CPU family");
    verify_at(&td, folder.path);
    test_refused_for(&td, "TCB info: for SGX");
    test_folder_clear(&folder);
    write_amd("", &amd[1].amd->view);
    verify_at(&amd[0], folder.path);
    test_refused_for(&amd[0], "chip id is not the certificate's HWID");
    write_slice("crl.der", amd[2].amd->view.amd_crl);
    verify_at(&amd[0], folder.path);
    test_refused_for(&amd[0], "CRL: by \"ARK-Turin\" instead of \"ARK-Genoa\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_among_folders),
        cmocka_unit_test(chooses_among_files_of_any_name),
        cmocka_unit_test(chooses_between_vendors_in_one_folder),
        cmocka_unit_test(chooses_from_bundles),
        cmocka_unit_test(chips_share_what_their_vendor_signs),
        cmocka_unit_test(finds_a_pck_by_its_ppid),
        cmocka_unit_test(prefers_what_stands_side_by_side),
        cmocka_unit_test(the_newest_of_each_kind_counts),
        cmocka_unit_test(says_what_is_wrong_with_the_nearest),
    };
    return cmocka_run_group_tests(tests, set_up_once, tear_down_once);
}
