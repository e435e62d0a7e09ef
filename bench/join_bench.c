/* One join, from the enclave's first byte to its place in the view, in one process without network: by the CPU vendor's quote, and
 * through the LAS of its machine, alternating. usage: join_bench [rounds, default 200]
 * Prints the smallest, the median and the largest processor time of each kind in microseconds, and the ratio of the medians. What a
 * network adds is the same for both; collateral lies on the CAS's disk, so no vendor's service is asked in either. */
#include "cas/policy_file.h"
#include "tests/control/machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 10000
#define OWNER 10
#define LAS 9

struct bench {
    struct world world;
    struct avo_key_pair owner_key;
    struct user owner;
    struct machine machine;
    struct sim_tee *tee, *other;
    struct avo_attest_plug plug;
    char policy[SIM_POLICY_BYTES];
    char folder[64];
};

/* Processor time, so that what else the machine does does not count. */
static uint64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void require(bool good, const char *what) {
    if (!good) {
        (void)fprintf(stderr, "join_bench: %s\n", what);
        exit(1);
    }
}

static void prepare(struct bench *bench) {
    static const uint8_t measurements[] = {MEASUREMENT_NODE, MEASUREMENT_CAS, MEASUREMENT_LAS};
    struct avo_prng random = avo_prng(71);
    struct avo_attested attested;
    struct avo_text reason = {0};
    avo_key_pair_make(&bench->owner_key, &random.random);
    world_open(&bench->world, 72, &bench->owner_key);
    (void)snprintf(bench->folder, sizeof bench->folder, "%s", "/tmp/avocado-join-bench.XXXXXX");
    require(mkdtemp(bench->folder) != NULL, "no folder under /tmp");
    bench->tee = sim_tee_open(WORLD_NOW_S, bench->folder);
    bench->other = sim_tee_sibling(bench->tee);
    avo_attest_plug_init(&bench->plug, bench->folder);
    bench->world.tee = bench->tee;
    bench->world.tee_attest = sim_tee_attest;
    bench->world.verifier = bench->plug.verifier;
    bench->world.policy_reader = avo_cas_policy_file("policy.json");
    sim_tee_policy_las(bench->tee, bench->other, bench->owner_key.public, measurements, false, bench->policy);
    user_connect(&bench->world, &bench->owner, &bench->owner_key, OWNER);
    require(avo_dialog_ask_evidence(bench->owner.dialog, &bench->owner.out.bytes) == AVO_OK, "no dialog");
    require(avo_dialog_evidence_check(bench->owner.dialog, user_call(&bench->world, &bench->owner), &bench->plug.verifier,
                                      avo_slice_string(bench->policy), WORLD_NOW_S, &attested, &reason) == AVO_OK,
            reason.bytes);
    require(user_upload(&bench->world, &bench->owner, bench->policy, &reason) == AVO_OK, reason.bytes);
    machine_start(&bench->world, &bench->machine, bench->tee, LAS);
    require(avo_las_registered(bench->machine.las), "the LAS was not registered");
}

static uint64_t join(struct bench *bench, bool through_las) {
    struct node node = {0};
    struct avo_vouch vouch = {0};
    enum avo_join_state state;
    uint64_t start = now_ns();
    node_connect(&bench->world, &node, 0, 0);
    if (through_las) {
        require(machine_vouch(&bench->world, &bench->machine, bench->tee, &node, &vouch) == AVO_VOUCH_DONE, "no voucher");
        state = node_prove_by(&bench->world, &node, AVO_EVIDENCE_BY_LAS, AVO_SLICE_OF(vouch.voucher));
    } else {
        state = node_prove(&bench->world, &node);
    }
    uint64_t took = now_ns() - start;
    require(state == AVO_JOIN_WAITING, node.join->reason.bytes);
    world_disconnect(&bench->world, 0);
    node_free(&node);
    return took;
}

static double report(const char *name, uint64_t *times, size_t rounds) {
    qsort(times, rounds, sizeof times[0], by_size);
    printf("%-18s min %7.1f us   median %7.1f us   max %7.1f us\n", name, (double)times[0] / 1e3, (double)times[rounds / 2] / 1e3,
           (double)times[rounds - 1] / 1e3);
    return (double)times[rounds / 2];
}

int main(int argc, char **argv) {
    static struct bench bench;
    static uint64_t by_quote[ROUNDS_MAX], by_las[ROUNDS_MAX];
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    rounds = rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
    prepare(&bench);
    for (size_t i = 0; i < rounds; i++) {
        by_quote[i] = join(&bench, false);
        by_las[i] = join(&bench, true);
    }
    double quote = report("by quote", by_quote, rounds);
    double las = report("through the LAS", by_las, rounds);
    printf("a join by quote costs %.1f joins through the LAS; %zu joins of each, the LAS verified once\n", quote / las, rounds);
    machine_free(&bench.machine);
    user_free(&bench.owner);
    world_close(&bench.world);
    sim_tee_close(bench.tee);
    sim_tee_close(bench.other);
    sim_tee_folder_remove(bench.folder);
    return 0;
}
