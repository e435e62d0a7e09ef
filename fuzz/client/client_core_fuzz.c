/* A client core whose network and whose nodes are the input: datagrams of anybody's making, authentic packets with any contents,
 * genuine WELCOMEs changed or cut on the way, loss, silence, refusals. Whatever they do, every operation ends once and by its
 * deadline. The nodes of client/core/fake_cluster.h assert what the client promises them. */
#include "base/assert.h"
#include "client/core/fake_cluster.h"
#include "client/core/state.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPERATIONS 8
#define DEADLINE_US 400000
#define WELCOME_WAIT_TURNS 40
#define TURN_US 250    /* of the fake cluster */
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

/* The oldest WELCOME under way, if there is one soon. */
static bool welcome_wait(struct fuzz *fuzz, struct avo_fake_datagram *welcome) {
    for (int i = 0; i < WELCOME_WAIT_TURNS; i++) {
        for (uint32_t at = 0; at < fuzz->cluster->datagram_count; at++) {
            *welcome = fuzz->cluster->datagrams[at];
            if (!welcome->up && welcome->bytes[1] == AVO_PACKET_WELCOME) {
                return true;
            }
        }
        run(fuzz, TURN_US);
    }
    return false;
}

static bool is_awaited(const struct fuzz *fuzz, const struct avo_fake_datagram *welcome) {
    struct avo_packet_header header;
    bool awaited = false;
    AVO_ASSERT(avo_packet_header_read(avo_slice(welcome->bytes, welcome->length), &header) == AVO_OK);
    for (uint32_t i = 0; i < fuzz->core->session_count; i++) {
        const struct avo_client_session *session = &fuzz->core->sessions[i];
        awaited = awaited || (session->hello_bytes > 0 && session->new_number == header.session);
    }
    return awaited;
}

/* A WELCOME, as it is: it opens a session, or says that the former one lives, or it is dropped. */
static void arrive(struct fuzz *fuzz, const struct avo_fake_datagram *welcome, bool counts) {
    struct avo_client_core_stats before, after;
    drain(fuzz);
    avo_client_core_stats(fuzz->core, &before);
    avo_client_core_on_datagram(fuzz->core, avo_slice(welcome->bytes, welcome->length), fuzz->cluster->now_us);
    avo_client_core_stats(fuzz->core, &after);
    drain(fuzz);
    AVO_ASSERT(after.datagrams_received == before.datagrams_received + 1);
    AVO_ASSERT(after.sessions_opened <= before.sessions_opened + counts);
    AVO_ASSERT(after.datagrams_dropped == before.datagrams_dropped + !counts);
}

/* Of the header, source, worker, view and counter mean nothing here; the rest says what this is and for whom, and what follows is
 * sealed. */
static bool is_proven(size_t at) {
    return at != 2 && at != 4 && (at < 12 || at >= AVO_PACKET_HEADER_BYTES);
}

/* A WELCOME with a byte changed, cut, or with a byte more is dropped, and spoils nothing: the genuine one then opens the session.
 */
static void spoil(struct fuzz *fuzz) {
    static struct avo_fake_datagram welcome, spoilt;
    uint8_t how = avo_read_u8(&fuzz->input);
    size_t at = avo_read_u8(&fuzz->input);
    uint8_t mask = avo_read_u8(&fuzz->input);
    if (!welcome_wait(fuzz, &welcome)) {
        return;
    }
    spoilt = welcome;
    at %= welcome.length;
    if (how % 4 == 0) {
        spoilt.length = at;
    } else if (how % 4 == 1) {
        spoilt.bytes[spoilt.length++] = mask;
    } else {
        spoilt.bytes[is_proven(at) ? at : AVO_PACKET_HEADER_BYTES + at] ^= mask == 0 ? 1 : mask;
    }
    bool awaited = is_awaited(fuzz, &welcome);
    arrive(fuzz, &spoilt, false);
    AVO_ASSERT(is_awaited(fuzz, &welcome) == awaited);
    arrive(fuzz, &welcome, awaited);
    arrive(fuzz, &welcome, false);
}

static void step(struct fuzz *fuzz) {
    uint8_t kind = avo_read_u8(&fuzz->input);
    uint8_t slot = (kind >> 4) % AVO_FAKE_NODES;
    struct avo_slice bytes;
    if (kind % 16 == 9) {
        spoil(fuzz);
        return;
    }
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
