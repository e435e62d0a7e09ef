/* Enclaves of a test's world: each is a steward whose events and effects pass through here. */
#include "base/assert.h"
#include "tests/control/testing.h"
#include <stdlib.h>
#include <string.h>

#define NODE_BYTES (512U << 10)

struct avo_launch world_launch(struct world *world, uint8_t slot) {
    struct avo_launch launch = {
        .slot = slot,
        .address = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}, .port = (uint16_t)(7000 + 10 * slot)},
        .layout = {.worker_count = 2,
                   .ring = {.slot_count = 64, .datagram_bytes = 1472},
                   .stream_bytes = 65536,
                   .slab_bytes = 1 << 20},
        .budget_bytes = 16 << 20};
    memcpy(launch.cas_public_key, avo_cas_public_key(world->cas), AVO_PUBLIC_KEY_BYTES);
    return launch;
}

static void node_flush(struct world *world, struct node *node) {
    if (node->out.bytes.length > 0) {
        world_send(world, node->connection, avo_buffer_slice(&node->out.bytes));
        node->out.bytes.length = 0;
    }
}

static void node_carry_out(struct node *node, const struct avo_steward_effects *effects) {
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct avo_steward_effect *effect = &effects->effects[i];
        node->reopens |= effect->type == AVO_STEWARD_REOPEN;
        if (effect->type == AVO_STEWARD_SEND) {
            pipe_append(&node->out, effect->bytes);
        } else if (effect->type == AVO_STEWARD_END) {
            text_set(&node->ended, avo_slice_string(effect->text));
        }
    }
}

/* A worker is in what it was handed before anything else happens. */
static void workers_adopt(struct node *node) {
    for (uint32_t i = 0; i < node->launch.layout.worker_count && !node->holds; i++) {
        const struct avo_steward *steward = node->steward;
        if (steward->handed_epoch[i] != steward->adopted_epoch[i]) {
            (void)node_step(
                node, (struct avo_steward_event){.type = AVO_STEWARD_ADOPTED, .worker = i, .epoch = steward->handed_epoch[i]});
        }
    }
}

enum avo_steward_phase node_step(struct node *node, struct avo_steward_event event) {
    struct avo_steward_effects effects;
    avo_steward_step(node->steward, &event, &effects);
    node_carry_out(node, &effects);
    workers_adopt(node);
    return node->steward->phase;
}

enum avo_steward_phase node_pump(struct world *world, struct node *node) {
    struct pipe *from = &world->from_cas[node->connection];
    struct avo_slice bytes = avo_buffer_slice(&from->bytes);
    from->bytes.length = 0;
    return node_step(node, (struct avo_steward_event){.type = AVO_STEWARD_BYTES, .bytes = bytes});
}

bool node_exchange(struct world *world, struct node *node) {
    bool passed = node->out.bytes.length > 0 || world->from_cas[node->connection].bytes.length > 0;
    node_flush(world, node);
    if (world->from_cas[node->connection].bytes.length > 0) {
        (void)node_pump(world, node);
    }
    return passed;
}

void world_settle(struct world *world, struct node *nodes, uint32_t count) {
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < count; i++) {
            more |= nodes[i].steward != NULL && nodes[i].ended.length == 0 && node_exchange(world, &nodes[i]);
        }
    }
}

void node_dial(struct world *world, struct node *node, uint32_t connection) {
    node->connection = connection;
    node->out.bytes.length = 0;
    world_connect(world, connection);
    (void)node_step(node, (struct avo_steward_event){.type = AVO_STEWARD_OPENED});
}

void node_return(struct world *world, struct node *node, uint32_t connection) {
    node_dial(world, node, connection);
    world_settle(world, node, 1);
}

void node_synced(struct node *node, uint32_t epoch) {
    for (uint32_t i = 0; i < node->launch.layout.worker_count; i++) {
        (void)node_step(node, (struct avo_steward_event){.type = AVO_STEWARD_SYNCED, .worker = i, .epoch = epoch});
    }
}

void node_connect_launched(struct world *world, struct node *node, const struct avo_launch *launch, uint32_t connection) {
    node->launch = *launch;
    node->connection = connection;
    node->measurement = MEASUREMENT_NODE;
    node->reopens = false;
    node->holds = false;
    avo_text_clear(&node->ended);
    node->memory = world_zeroed(NODE_BYTES);
    struct avo_arena arena = avo_arena(node->memory, NODE_BYTES);
    struct avo_steward_config config = {&node->launch, AVO_TEE_SGX, world->aead, &world->random.random};
    node->steward = avo_steward_create(&arena, &config);
    AVO_ASSERT(node->steward != NULL);
    pipe_reset(&node->out);
    world_connect(world, connection);
    (void)node_step(node, (struct avo_steward_event){.type = AVO_STEWARD_OPENED});
    node_flush(world, node);
    (void)node_pump(world, node);
    node_flush(world, node);
    (void)node_pump(world, node);
}

void node_connect(struct world *world, struct node *node, uint8_t slot, uint32_t connection) {
    struct avo_launch launch = world_launch(world, slot);
    node_connect_launched(world, node, &launch, connection);
}

void node_ask(struct node *node, enum avo_evidence_kind kind, struct avo_slice evidence) {
    struct avo_steward_effects effects;
    avo_steward_begin(node->steward, &effects);
    avo_steward_ask(node->steward, kind, evidence);
    avo_steward_finish(node->steward);
    node_carry_out(node, &effects);
}

enum avo_steward_phase node_prove_by(struct world *world, struct node *node, enum avo_evidence_kind kind,
                                     struct avo_slice evidence) {
    node_ask(node, kind, evidence);
    node_flush(world, node);
    return node_pump(world, node);
}

enum avo_steward_phase node_prove_with(struct world *world, struct node *node, struct avo_slice evidence) {
    return node_prove_by(world, node, AVO_EVIDENCE_BY_VENDOR, evidence);
}

enum avo_steward_phase node_prove(struct world *world, struct node *node) {
    uint8_t memory[AVO_EVIDENCE_MAX_BYTES];
    struct avo_buffer evidence = {memory, 0, sizeof memory};
    world->tee_attest(world->tee, node->measurement, node->steward->report_data, &evidence);
    return node_prove_with(world, node, avo_buffer_slice(&evidence));
}

void node_free(struct node *node) {
    free(node->memory);
    node->steward = NULL;
}
