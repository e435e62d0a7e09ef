/* A client core whose network and whose nodes are the input: datagrams of anybody's making, authentic packets with any contents,
 * loss, silence, refusals. Whatever they do, every operation ends once and by its deadline. The nodes of
 * client/core/fake_cluster.h assert what the client promises them. */
#include "base/assert.h"
#include "client/core/fake_cluster.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPERATIONS 8
#define DEADLINE_US 400000
#define GRACE_US 10000 /* the client's tick, and a step of the world */

struct fuzz {
    struct avo_reader input;
    struct avo_fake_cluster *cluster;
    struct avo_client_core *core;
    void *memory;
    bool under_way[OPERATIONS];
    uint64_t deadline_us[OPERATIONS];
};

static void setup(struct fuzz *fuzz) {
    static const uint8_t ticket[100] = {1};
    struct avo_key_pair key;
    fuzz->cluster = avo_fake_cluster_make(1, 1 + avo_read_u8(&fuzz->input) % 2);
    avo_key_pair_make(&key, &fuzz->cluster->prng.random);
    struct avo_client_core_config config = {.view = &fuzz->cluster->view,
                                            .key = &key,
                                            .signed_ticket = AVO_SLICE_OF(ticket),
                                            .aead = fuzz->cluster->aead,
                                            .random = &fuzz->cluster->prng.random,
                                            .operation_count = OPERATIONS,
                                            .transfer_count = 2,
                                            .transfer_max_bytes = 65536,
                                            .first_slot = 0};
    size_t bytes = (avo_client_core_bytes(&config) + 63) / 64 * 64;
    fuzz->memory = aligned_alloc(64, bytes);
    AVO_ASSERT(fuzz->memory != NULL);
    memset(fuzz->memory, 0, bytes);
    struct avo_arena arena = avo_arena(fuzz->memory, bytes);
    fuzz->core = avo_client_core_create(&arena, &config);
    AVO_ASSERT(fuzz->core != NULL);
}

static void ended(struct fuzz *fuzz, const struct avo_client_completion *completion) {
    AVO_ASSERT(completion->tag < OPERATIONS && fuzz->under_way[completion->tag]);
    AVO_ASSERT(fuzz->cluster->now_us <= fuzz->deadline_us[completion->tag] + GRACE_US);
    AVO_ASSERT(completion->status < AVO_ERROR_COUNT);
    AVO_ASSERT((completion->stats != NULL) == (completion->call == AVO_CLIENT_STATS && completion->status == AVO_OK));
    fuzz->under_way[completion->tag] = false;
}

static void run(struct fuzz *fuzz, uint64_t for_us) {
    struct avo_client_completion completion;
    uint64_t until_us = fuzz->cluster->now_us + for_us;
    while (avo_fake_cluster_run(fuzz->cluster, fuzz->core, until_us, &completion)) {
        ended(fuzz, &completion);
    }
}

static void drain(struct fuzz *fuzz) {
    struct avo_client_completion completion;
    while (avo_client_core_next_completion(fuzz->core, &completion)) {
        ended(fuzz, &completion);
    }
}

static void submit(struct fuzz *fuzz) {
    static uint8_t value[60000];
    static const enum avo_client_call calls[] = {AVO_CLIENT_GET, AVO_CLIENT_PUT, AVO_CLIENT_DELETE, AVO_CLIENT_STATS};
    uint8_t choice = avo_read_u8(&fuzz->input);
    uint64_t tag = choice % OPERATIONS;
    struct avo_client_request request = {.call = calls[choice >> 6],
                                         .at_least_once = (choice & 8) != 0,
                                         .slot = choice % AVO_FAKE_NODES,
                                         .key = avo_slice_string((choice & 16) != 0 ? "k" : "another key"),
                                         .value = avo_slice(value, (choice & 32) != 0 ? sizeof value : 8),
                                         .deadline_us = fuzz->cluster->now_us + DEADLINE_US,
                                         .tag = tag};
    if (!fuzz->under_way[tag] && avo_client_core_submit(fuzz->core, &request, fuzz->cluster->now_us) == AVO_OK) {
        fuzz->under_way[tag] = true;
        fuzz->deadline_us[tag] = request.deadline_us;
    }
}

static void step(struct fuzz *fuzz) {
    uint8_t kind = avo_read_u8(&fuzz->input);
    uint8_t slot = (kind >> 4) % AVO_FAKE_NODES;
    struct avo_slice bytes;
    switch (kind % 8) {
    case 0:
    case 1:
        submit(fuzz);
        break;
    case 2:
        fuzz->cluster->nodes[slot].mood = (enum avo_fake_mood)(avo_read_u8(&fuzz->input) % (AVO_FAKE_DENYING + 1));
        break;
    case 3:
        fuzz->cluster->loss_percent = avo_read_u8(&fuzz->input) % 100;
        fuzz->cluster->repeat_percent = fuzz->cluster->loss_percent / 2;
        break;
    case 4:
        avo_fake_node_forget(fuzz->cluster, slot);
        break;
    case 5:
        bytes = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input));
        avo_fake_node_say(fuzz->cluster, slot, bytes);
        break;
    case 6:
        bytes = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input));
        drain(fuzz); /* the rule of core.h */
        avo_client_core_on_datagram(fuzz->core, bytes, fuzz->cluster->now_us);
        drain(fuzz);
        break;
    default:
        run(fuzz, (uint64_t)avo_read_u8(&fuzz->input) * 200);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz fuzz = {.input = avo_reader(avo_slice(data, size))};
    setup(&fuzz);
    for (int i = 0; i < 100 && fuzz.input.left > 0 && !fuzz.input.failed; i++) {
        step(&fuzz);
    }
    run(&fuzz, DEADLINE_US + GRACE_US);
    AVO_ASSERT(avo_client_core_busy_count(fuzz.core) == 0);
    avo_client_core_wipe(fuzz.core);
    free(fuzz.memory);
    avo_fake_cluster_free(fuzz.cluster);
    return 0;
}
