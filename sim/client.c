#include "sim/client.h"
#include "checker/memory.h"
#include "sim/client_work.h"
#include "sim/network.h"

#define TURN_LATE_US 50000 /* an operation ends within this of its deadline */

static size_t transfer_bytes(const struct avo_plan *plan) {
    return plan->value_max_bytes + AVO_KEY_MAX_BYTES + 64U;
}

static void memory_give(struct avo_sim_client *client) {
    if (client->memory != NULL) {
        avo_arena_end(client->memory, client->memory_bytes);
        avo_pages_give(client->record->world->pages, AVO_PAGES_CLIENT, client->memory, client->memory_bytes);
    }
}

static bool core_create(struct avo_sim_client *client, const struct avo_cluster *cluster) {
    struct avo_world *world = client->record->world;
    struct avo_key_pair key;
    uint8_t ticket[AVO_TICKET_MAX_BYTES];
    avo_key_pair_make(&key, &client->random.random);
    size_t ticket_bytes = avo_cluster_ticket(cluster, key.public, ticket);
    struct avo_client_core_config config = {
        .view = &cluster->view,
        .cas_sign_public = cluster->identities[0].signed_view.length > 0 ? cluster->identities[0].cas_sign_public : NULL,
        .key = &key,
        .signed_ticket = avo_slice(ticket, ticket_bytes),
        .aead = client->aead,
        .random = &client->random.random,
        .operation_count = AVO_SIM_PIPELINE_MAX,
        .transfer_count = 2 * AVO_SIM_PIPELINE_MAX,
        .transfer_max_bytes = transfer_bytes(&world->plan),
        .limits = &world->plan.channel,
        .first_slot = (uint8_t)(client->index % world->plan.slot_count),
    };
    memory_give(client); /* of the core before */
    client->memory_bytes = avo_client_core_bytes(&config) + AVO_CACHE_LINE_BYTES;
    client->memory = avo_pages_take(world->pages, AVO_PAGES_CLIENT, client->memory_bytes);
    struct avo_arena arena = avo_arena(client->memory, client->memory_bytes);
    client->epoch = cluster->view.epoch;
    client->core = avo_client_core_create(&arena, &config);
    return client->core != NULL;
}

bool avo_sim_client_create(struct avo_sim_client *client, struct avo_sim_record *record, uint32_t index,
                           const struct avo_cluster *cluster, const struct avo_aead *aead) {
    struct avo_world *world = record->world;
    *client = (struct avo_sim_client){.record = record, .index = index, .aead = aead, .turn_us = UINT64_MAX};
    client->random = avo_prng(avo_prng_next(&world->prng));
    for (uint32_t i = 0; i < AVO_SIM_PIPELINE_MAX; i++) {
        client->operations[i].value = avo_memory_resize(NULL, world->plan.value_max_bytes, 1);
    }
    return core_create(client, cluster);
}

void avo_sim_client_destroy(struct avo_sim_client *client) {
    if (client->core != NULL) {
        avo_client_core_wipe(client->core);
    }
    for (uint32_t i = 0; i < AVO_SIM_PIPELINE_MAX; i++) {
        free(client->operations[i].value);
    }
    memory_give(client);
    *client = (struct avo_sim_client){0};
}

static uint64_t now_of(const struct avo_sim_client *client) {
    return client->record->world->report.now_us;
}

static void wake_at(struct avo_sim_client *client, uint64_t due_us) {
    uint64_t now_us = now_of(client);
    due_us = due_us > now_us ? due_us : now_us + 1;
    if (due_us < client->turn_us) {
        client->turn_us = due_us;
        avo_agenda_add(&client->record->world->agenda, due_us, AVO_DUE_CLIENT, client->index, NULL);
    }
}

void avo_sim_client_renew(struct avo_sim_client *client, const struct avo_cluster *cluster) {
    avo_client_work_forget(client);
    avo_client_core_wipe(client->core);
    bool made = core_create(client, cluster);
    AVO_ASSERT(made);
    avo_report_count(&client->record->world->report, AVO_COUNT_CLIENTS_RENEWED);
    wake_at(client, now_of(client));
}

static void completions_take(struct avo_sim_client *client) {
    struct avo_client_completion completion;
    while (avo_client_core_next_completion(client->core, &completion)) {
        avo_client_work_end(client, &completion);
    }
}

static void send_all(struct avo_sim_client *client) {
    uint8_t bytes[AVO_PACKET_MAX_BYTES];
    struct avo_address from = avo_client_address(client->index);
    struct avo_address to;
    struct avo_buffer packet = {bytes, 0, sizeof bytes};
    while (avo_client_core_next_datagram(client->core, &to, &packet, now_of(client))) {
        avo_network_send(client->record->world, &from, &to, avo_buffer_slice(&packet));
        packet.length = 0;
    }
}

static void deadlines_check(struct avo_sim_client *client) {
    for (uint32_t i = 0; i < AVO_SIM_PIPELINE_MAX; i++) {
        const struct avo_sim_operation *operation = &client->operations[i];
        if (operation->busy && now_of(client) > operation->deadline_us + TURN_LATE_US) {
            avo_report_violation(&client->record->world->report, "deadline",
                                 "an operation of client %u did not end by its deadline", client->index);
        }
    }
}

void avo_sim_client_turn(struct avo_sim_client *client) {
    uint64_t now_us = now_of(client);
    client->turn_us = UINT64_MAX;
    avo_client_core_tick(client->core, now_us);
    completions_take(client);
    while (avo_client_work_is_due(client)) {
        avo_client_work_start(client);
    }
    completions_take(client);
    send_all(client);
    deadlines_check(client);
    uint64_t due_us = avo_client_core_wake_us(client->core);
    uint64_t issue_us = avo_client_work_due_us(client);
    wake_at(client, due_us < issue_us ? due_us : issue_us);
}

void avo_sim_client_deliver(struct avo_sim_client *client, const struct avo_flight *packet) {
    avo_client_core_on_datagram(client->core, avo_slice(packet->bytes, packet->length), now_of(client));
    completions_take(client);
    wake_at(client, now_of(client));
}

void avo_sim_client_enter(struct avo_sim_client *client, enum avo_sim_phase phase) {
    client->phase = phase;
    client->issued = 0;
    client->issue_us = now_of(client);
    wake_at(client, now_of(client));
}

bool avo_sim_client_is_done(const struct avo_sim_client *client) {
    return avo_client_work_busy(client) == 0 && !avo_client_work_is_left(client);
}
