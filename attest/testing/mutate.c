/* Changes generated evidence at random, from a seed, and expects that nothing changed is ever valid.
 *
 * usage: attest_mutate [--count N] [--seed S]      exit 0 clean, 1 when a changed quote or report was valid, 2 usage
 */
#include "attest/testing/scene.h"
#include "base/random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCENES = 6, MUTATIONS = 8 };

struct subject {
    const char *name;
    struct test_scene scene;
    struct avo_sim_collateral collateral; /* Intel */
    uint8_t original[AVO_SIM_QUOTE_BYTES_MAX];
    size_t original_length;
    uint64_t tried, refused;
};

static struct subject subjects[SCENES];

static bool open_subject(struct subject *subject, const char *name, bool opened) {
    subject->name = name;
    if (opened && subject->scene.platform != NULL) {
        opened = avo_sim_collateral_make(subject->scene.platform, &subject->scene.statement, &subject->collateral) == AVO_OK;
    }
    memcpy(subject->original, subject->scene.evidence, subject->scene.evidence_length);
    subject->original_length = subject->scene.evidence_length;
    return opened;
}

static const struct avo_collateral *collateral_of(const struct subject *subject) {
    return subject->scene.amd != NULL ? &subject->scene.amd->view : &subject->collateral.view;
}

static bool open_all(void) {
    struct avo_sim_amd_options genoa = avo_sim_amd_options_default(AVO_SNP_GENOA, TEST_NOW);
    struct avo_sim_amd_options turin = avo_sim_amd_options_default(AVO_SNP_TURIN, TEST_NOW);
    return open_subject(&subjects[0], "SGX v3", test_scene_sgx(&subjects[0].scene)) &&
           open_subject(&subjects[1], "SGX v3, other platform", test_scene_sgx(&subjects[1].scene)) &&
           open_subject(&subjects[2], "TDX v4", test_scene_tdx(&subjects[2].scene, 4, false)) &&
           open_subject(&subjects[3], "TDX v5", test_scene_tdx(&subjects[3].scene, 5, true)) &&
           open_subject(&subjects[4], "SNP v2 Genoa", test_scene_snp(&subjects[4].scene, &genoa, 2)) &&
           open_subject(&subjects[5], "SNP v5 Turin", test_scene_snp(&subjects[5].scene, &turin, 5));
}

static void splice(struct subject *subject, struct avo_prng *prng) {
    const struct subject *from = &subjects[avo_prng_below(prng, SCENES)];
    size_t shorter =
        from->original_length < subject->scene.evidence_length ? from->original_length : subject->scene.evidence_length;
    size_t at = avo_prng_below(prng, shorter);
    size_t length = 1 + avo_prng_below(prng, shorter - at);
    memcpy(subject->scene.evidence + at, from->original + at, length);
}

/* One byte put in or taken out. */
static void shift(struct subject *subject, struct avo_prng *prng, bool insert) {
    uint8_t *bytes = subject->scene.evidence;
    size_t length = subject->scene.evidence_length;
    size_t at = avo_prng_below(prng, length);
    if (insert && length < sizeof subject->scene.evidence) {
        memmove(bytes + at + 1, bytes + at, length - at);
        bytes[at] = (uint8_t)avo_prng_next(prng);
        subject->scene.evidence_length++;
    } else {
        memmove(bytes + at, bytes + at + 1, length - at - 1);
        subject->scene.evidence_length--;
    }
}

/* Quote lengths: signature data, auth data, certification data; one of them off by a little. */
static void change_length(struct subject *subject, struct avo_prng *prng) {
    static const size_t offsets[] = {432, 632, 702, 1012, 1048, 1260, 0x27C - 4, 54 + 648, 54 + 648 + 4 + 130};
    size_t at = offsets[avo_prng_below(prng, AVO_COUNT(offsets))];
    uint8_t delta = (uint8_t)(1 + avo_prng_below(prng, 8));
    uint8_t *byte = &subject->scene.evidence[at < subject->original_length ? at : 0];
    *byte = (uint8_t)(avo_prng_chance(prng, 1, 2) ? *byte + delta : *byte - delta);
}

static void mutate(struct subject *subject, struct avo_prng *prng) {
    uint8_t *bytes = subject->scene.evidence;
    size_t length = subject->original_length;
    switch (avo_prng_below(prng, MUTATIONS)) {
    case 0:
    case 1:
        bytes[avo_prng_below(prng, length)] ^= (uint8_t)(1u << avo_prng_below(prng, 8));
        break;
    case 2:
        for (uint64_t i = 1 + avo_prng_below(prng, 6); i > 0; i--) {
            bytes[avo_prng_below(prng, length)] = (uint8_t)avo_prng_next(prng);
        }
        break;
    case 3:
        subject->scene.evidence_length = avo_prng_below(prng, length);
        break;
    case 4:
        shift(subject, prng, true);
        break;
    case 5:
        shift(subject, prng, false);
        break;
    case 6:
        splice(subject, prng);
        break;
    default:
        change_length(subject, prng);
        break;
    }
}

/* Zeros after the signed structure of an Intel quote are legal, so more or fewer of them are no change. */
static bool is_changed(const struct subject *subject) {
    struct avo_slice now = avo_slice(subject->scene.evidence, subject->scene.evidence_length);
    struct avo_slice then = avo_slice(subject->original, subject->original_length);
    while (subject->scene.amd == NULL && now.length > then.length && now.data[now.length - 1] == 0) {
        now.length--;
    }
    return !avo_slice_equal(now, then);
}

static bool try_one(struct subject *subject, struct avo_prng *prng) {
    memcpy(subject->scene.evidence, subject->original, subject->original_length);
    subject->scene.evidence_length = subject->original_length;
    mutate(subject, prng);
    if (!is_changed(subject)) {
        return true;
    }
    test_verify_with(&subject->scene, collateral_of(subject));
    subject->tried++;
    bool refused = !subject->scene.result.accepted && !subject->scene.result.valid;
    subject->refused += refused;
    return refused;
}

static bool originals_are_accepted(void) {
    for (size_t i = 0; i < SCENES; i++) {
        test_verify_with(&subjects[i].scene, collateral_of(&subjects[i]));
        if (!subjects[i].scene.result.accepted) {
            printf("%s: the unchanged evidence is refused: %s\n", subjects[i].name, subjects[i].scene.result.reason.text);
            return false;
        }
    }
    return true;
}

static int run(uint64_t count, uint64_t seed) {
    struct avo_prng prng = avo_prng(seed);
    uint64_t tried = 0;
    printf("seed %llu\n", (unsigned long long)seed);
    for (uint64_t i = 0; tried < count; i++) {
        struct subject *subject = &subjects[avo_prng_below(&prng, SCENES)];
        uint64_t before = subject->tried;
        if (!try_one(subject, &prng)) {
            printf("%s: changed evidence was valid (seed %llu, number %llu): %s\n", subject->name, (unsigned long long)seed,
                   (unsigned long long)i, subject->scene.result.reason.text);
            return 1;
        }
        tried += subject->tried - before;
    }
    for (size_t i = 0; i < SCENES; i++) {
        printf("%-24s %llu changed, %llu refused\n", subjects[i].name, (unsigned long long)subjects[i].tried,
               (unsigned long long)subjects[i].refused);
    }
    printf("%llu changed, 0 accepted\n", (unsigned long long)tried);
    return tried > 0 ? 0 : 2;
}

int main(int argc, char **argv) {
    uint64_t count = 4000;
    uint64_t seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t *value = strcmp(argv[i], "--count") == 0 ? &count : strcmp(argv[i], "--seed") == 0 ? &seed : NULL;
        if (value == NULL) {
            (void)fprintf(stderr, "usage: attest_mutate [--count N] [--seed S]\n");
            return 2;
        }
        *value = strtoull(argv[i + 1], NULL, 10);
    }
    int status = open_all() && originals_are_accepted() ? run(count, seed) : 1;
    for (size_t i = 0; i < SCENES; i++) {
        test_scene_close(&subjects[i].scene);
        avo_sim_collateral_free(&subjects[i].collateral);
    }
    return status;
}
