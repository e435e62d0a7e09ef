#include "tests/control/machine.h"
#include "base/assert.h"
#include "las/state.h"
#include "protocol/view/signature.h"
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (1U << 20)

static void quote(const struct machine *machine, const uint8_t *report_data, struct avo_buffer *evidence) {
    sim_tee_attest(machine->tee, machine->measurement, report_data, evidence);
}

static void take_answer(struct machine *machine, const struct avo_las_effect *effect) {
    avo_copy(machine->answers[effect->local], AVO_LOCAL_MAX_BYTES, effect->bytes);
    machine->answer_lengths[effect->local] = effect->bytes.length;
    machine->vouched += effect->bytes.data[1] == AVO_LOCAL_VOUCHER;
}

/* Carries an effect out; true when `next` answers it. */
static bool carry_out(struct world *world, struct machine *machine, const struct avo_las_effect *effect, struct avo_buffer *scratch,
                      struct avo_las_event *next) {
    switch (effect->kind) {
    case AVO_LAS_SEND:
        world_send(world, machine->connection, effect->bytes);
        return false;
    case AVO_LAS_NEED_EVIDENCE:
        quote(machine, effect->bytes.data, scratch);
        machine->las->sign_public[0] ^= machine->forge_key;
        *next = (struct avo_las_event){.kind = AVO_LAS_EVIDENCE_READY, .bytes = avo_buffer_slice(scratch)};
        return true;
    case AVO_LAS_NEED_REPORT_KEY:
        sim_tee_report_key(machine->tee, machine->measurement, effect->bytes.data, scratch->data);
        *next = (struct avo_las_event){
            .kind = AVO_LAS_REPORT_KEY_READY, .local = effect->local, .bytes = avo_slice(scratch->data, AVO_CMAC_KEY_BYTES)};
        return true;
    case AVO_LAS_ANSWER:
        take_answer(machine, effect);
        return false;
    case AVO_LAS_END:
        avo_text_add(&machine->ended, effect->bytes);
        return false;
    default:
        return false;
    }
}

/* The answers that effects ask for come after the step, in order. */
static void step(struct world *world, struct machine *machine, struct avo_las_event event) {
    struct avo_las_event events[1 + MACHINE_LOCALS] = {event};
    static uint8_t memory[1 + MACHINE_LOCALS][AVO_EVIDENCE_MAX_BYTES];
    size_t count = 1;
    for (size_t i = 0; i < count; i++) {
        struct avo_las_effects effects = avo_las_step(machine->las, &events[i]);
        for (uint32_t j = 0; j < effects.count; j++) {
            AVO_ASSERT(count < AVO_COUNT(events));
            struct avo_buffer scratch = {memory[count], 0, sizeof memory[count]};
            count += carry_out(world, machine, &effects.effects[j], &scratch, &events[count]);
        }
    }
}

void machine_pump(struct world *world, struct machine *machine) {
    struct pipe *from = &world->from_cas[machine->connection];
    while (from->bytes.length > 0 && machine->ended.length == 0) {
        uint8_t bytes[WORLD_PIPE_BYTES];
        size_t length = from->bytes.length;
        memcpy(bytes, from->memory, length);
        from->bytes.length = 0;
        step(world, machine, (struct avo_las_event){.kind = AVO_LAS_BYTES, .bytes = avo_slice(bytes, length)});
    }
}

void machine_find(struct world *world, struct machine *machine) {
    world_connect(world, machine->connection);
    step(world, machine, (struct avo_las_event){.kind = AVO_LAS_OPENED});
    machine_pump(world, machine);
}

void machine_lose(struct world *world, struct machine *machine) {
    world_disconnect(world, machine->connection);
    step(world, machine, (struct avo_las_event){.kind = AVO_LAS_CLOSED});
}

void machine_start_measured(struct world *world, struct machine *machine, struct sim_tee *tee, uint32_t connection,
                            uint8_t measurement) {
    bool forge_key = machine->forge_key;
    *machine = (struct machine){.tee = tee, .connection = connection, .measurement = measurement, .forge_key = forge_key};
    machine->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, MEMORY_BYTES);
    AVO_ASSERT(machine->memory != NULL);
    memset(machine->memory, 0, MEMORY_BYTES);
    struct avo_arena arena = avo_arena(machine->memory, MEMORY_BYTES);
    struct avo_las_config config = {.local_max_count = MACHINE_LOCALS,
                                    .tee = AVO_TEE_SGX,
                                    .aead = world->aead,
                                    .random = &world->random.random,
                                    .measurement = {measurement}};
    memcpy(config.cas_public_key, avo_cas_public_key(world->cas), AVO_PUBLIC_KEY_BYTES);
    machine->las = avo_las_create(&arena, &config);
    AVO_ASSERT(machine->las != NULL);
    machine_find(world, machine);
}

void machine_start(struct world *world, struct machine *machine, struct sim_tee *tee, uint32_t connection) {
    machine_start_measured(world, machine, tee, connection, MEASUREMENT_LAS);
}

void machine_sign(const struct machine *machine, const uint8_t *report, const char *label, uint8_t voucher[AVO_VOUCHER_BYTES]) {
    memcpy(voucher, machine->las->sign_public, AVO_PUBLIC_KEY_BYTES);
    memcpy(voucher + AVO_PUBLIC_KEY_BYTES, report, AVO_REPORT_BODY_BYTES);
    avo_signature_make(voucher + AVO_PUBLIC_KEY_BYTES + AVO_REPORT_BODY_BYTES, label,
                       avo_slice(voucher, AVO_PUBLIC_KEY_BYTES + AVO_REPORT_BODY_BYTES), machine->las->sign_secret);
}

void machine_free(struct machine *machine) {
    if (machine->las != NULL) {
        avo_las_wipe(machine->las);
        free(machine->memory);
        machine->las = NULL;
    }
}

bool machine_ask(struct world *world, struct machine *machine, uint32_t local, struct avo_slice message, struct avo_slice *answer) {
    machine->answer_lengths[local] = 0;
    step(world, machine, (struct avo_las_event){.kind = AVO_LAS_LOCAL_MESSAGE, .local = local, .bytes = message});
    *answer = avo_slice(machine->answers[local], machine->answer_lengths[local]);
    return answer->length > 0;
}

enum avo_vouch_state machine_vouch(struct world *world, struct machine *machine, const struct sim_tee *tee, const struct node *node,
                                   struct avo_vouch *vouch) {
    uint8_t bytes[AVO_LOCAL_MAX_BYTES];
    uint8_t report[AVO_LOCAL_REPORT_BYTES];
    struct avo_slice answer;
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    uint32_t local = node->launch.slot;
    avo_vouch_start(vouch, &writer);
    if (!machine_ask(world, machine, local, avo_writer_slice(&writer), &answer) ||
        avo_vouch_read(vouch, answer) != AVO_VOUCH_NEED_REPORT) {
        return vouch->state;
    }
    writer = avo_writer(bytes, sizeof bytes);
    sim_tee_report(tee, node->measurement, false, vouch->target, node->steward->report_data, report);
    (void)avo_vouch_report(vouch, report, &writer);
    bool answered = machine_ask(world, machine, local, avo_writer_slice(&writer), &answer);
    return answered ? avo_vouch_read(vouch, answer) : vouch->state;
}
