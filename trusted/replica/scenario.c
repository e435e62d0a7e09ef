#include "trusted/replica/scenario.h"
#include "base/assert.h"
#include "trusted/replica/quorum.h"
#include "trusted/replica/scenario_trace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (AVO_VALUE_MAX_BYTES + (1 << 19))
#define PATIENCE_MS 1000

static void take_reply(struct avo_scenario *scenario, const struct avo_effect *effect) {
    const struct avo_reply *reply = &effect->message.reply;
    AVO_ASSERT(reply->id < AVO_SCENARIO_REPLY_MAX_COUNT && effect->origin == reply->id + 1000);
    struct avo_scenario_reply *kept = &scenario->replies[reply->id];
    scenario->repeated_reply_count += kept->done;
    kept->done = true;
    kept->status = reply->status;
    kept->answered = reply->answered;
    kept->needed = reply->needed;
    kept->members = reply->members;
    snprintf(kept->value, sizeof kept->value, "%.*s", (int)reply->value.length, (const char *)reply->value.data);
    avo_scenario_trace_reply(scenario, reply);
}

static void take_send(struct avo_scenario *scenario, uint8_t from, const struct avo_effect *effect) {
    AVO_ASSERT(effect->slot < scenario->replica_count && effect->slot != from);
    AVO_ASSERT(scenario->packet_count < AVO_SCENARIO_PACKET_MAX_COUNT);
    size_t length = avo_message_bytes(&effect->message);
    uint8_t *bytes = malloc(length);
    AVO_ASSERT(bytes != NULL);
    struct avo_writer writer = avo_writer(bytes, length);
    avo_message_write(&writer, &effect->message);
    AVO_ASSERT(!writer.failed && writer.length == length);
    scenario->packets[scenario->packet_count++] =
        (struct avo_scenario_packet){from, effect->slot, scenario->nodes[from].epoch, length, bytes};
    avo_scenario_trace_send(scenario, from, effect->slot, &effect->message);
}

static void step(struct avo_scenario *scenario, uint8_t slot, struct avo_event *event) {
    event->now_us = scenario->now_us;
    avo_replica_step(scenario->nodes[slot].replica, event, &scenario->effects);
    for (uint32_t i = 0; i < scenario->effects.count; i++) {
        const struct avo_effect *effect = &scenario->effects.effects[i];
        if (effect->type == AVO_EFFECT_REPLY) {
            take_reply(scenario, effect);
        } else {
            take_send(scenario, slot, effect);
        }
    }
}

static void create_node(struct avo_scenario *scenario, uint8_t slot, uint32_t scrub_per_tick, uint64_t compare_us) {
    struct avo_scenario_node *node = &scenario->nodes[slot];
    node->memory = calloc(1, MEMORY_BYTES + AVO_CACHE_LINE_BYTES);
    AVO_ASSERT(node->memory != NULL);
    size_t skew = (uintptr_t)node->memory % AVO_CACHE_LINE_BYTES;
    struct avo_arena arena = avo_arena((uint8_t *)node->memory + AVO_CACHE_LINE_BYTES - skew, MEMORY_BYTES);
    struct avo_store_config store_config = {.pin_max_count = 32};
    node->store = avo_store_create(&arena, &store_config);
    struct avo_blobs_config blobs_config = {.count = {32, 32, 2}, .bytes = {64, 1024, 65536}};
    AVO_ASSERT(avo_blobs_create(&node->blobs, &arena, &blobs_config));
    struct avo_replica_config config = {
        .slot = slot,
        .worker = 0,
        .store = node->store,
        .blobs = &node->blobs,
        .operation_count = 64,
        .scrub_per_tick = scrub_per_tick,
        .compare_us = compare_us,
    };
    node->replica = avo_replica_create(&arena, &config);
    AVO_ASSERT(node->replica != NULL);
}

static void print_promise(const char *file, int line, const char *promise) {
    fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
}

static struct avo_scenario *create(const char *roles, uint32_t scrub_per_tick, uint64_t compare_us) {
    struct avo_scenario *scenario = calloc(1, sizeof *scenario);
    avo_panic_hook = print_promise;
    AVO_ASSERT(scenario != NULL);
    scenario->replica_count = (uint32_t)strlen(roles);
    AVO_ASSERT(scenario->replica_count <= AVO_SCENARIO_REPLICA_MAX_COUNT);
    scenario->now_us = 1000000;
    avo_scenario_view(scenario, roles);
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        create_node(scenario, slot, scrub_per_tick, compare_us);
        avo_scenario_adopt(scenario, slot);
    }
    return scenario;
}

struct avo_scenario *avo_scenario_create(const char *roles, uint32_t scrub_per_tick) {
    return create(roles, scrub_per_tick, 0);
}

struct avo_scenario *avo_scenario_create_comparing(const char *roles) {
    return create(roles, 0, AVO_COMPARE_US);
}

void avo_scenario_destroy(struct avo_scenario *scenario) {
    avo_scenario_lose_all(scenario);
    for (uint32_t slot = 0; slot < scenario->replica_count; slot++) {
        avo_store_twin_destroy(scenario->nodes[slot].store);
        free(scenario->nodes[slot].memory);
    }
    free(scenario);
}

void avo_scenario_view(struct avo_scenario *scenario, const char *roles) {
    struct avo_view *view = &scenario->view;
    view->epoch++;
    uint16_t listed = 0;
    for (uint8_t i = 0; i < view->member_count; i++) {
        listed |= (uint16_t)avo_quorum_slot(view->members[i].slot);
    }
    view->slot_count = (uint8_t)scenario->replica_count;
    view->worker_count = 1;
    view->value_max_bytes = AVO_VALUE_MAX_BYTES;
    view->member_count = 0;
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        if (roles[slot] != '-') {
            enum avo_role role = roles[slot] == 'V' ? AVO_ROLE_VOTING : AVO_ROLE_JOINING;
            view->members[view->member_count++] = (struct avo_member){.slot = slot, .role = role, .incarnation = 1};
        } else if ((listed & avo_quorum_slot(slot)) != 0) {
            view->resize_epoch = view->epoch;
        }
    }
}

void avo_scenario_adopt(struct avo_scenario *scenario, uint8_t slot) {
    scenario->nodes[slot].epoch = scenario->view.epoch;
    struct avo_event event = {.type = AVO_EVENT_VIEW, .view = &scenario->view};
    step(scenario, slot, &event);
}

static struct avo_request parse(const char *text) {
    struct avo_request request = {.patience_ms = PATIENCE_MS};
    const char *key = text + 4;
    const char *space = strchr(key, ' ');
    request.key = space == NULL ? avo_slice_string(key) : avo_slice(key, (size_t)(space - key));
    if (strncmp(text, "get ", 4) == 0) {
        request.operation = AVO_OPERATION_GET;
    } else if (strncmp(text, "put ", 4) == 0) {
        AVO_ASSERT(space != NULL);
        request.operation = AVO_OPERATION_PUT;
        request.value = avo_slice_string(space + 1);
    } else {
        AVO_ASSERT(strncmp(text, "del ", 4) == 0);
        request.operation = AVO_OPERATION_DELETE;
    }
    return request;
}

uint32_t avo_scenario_request(struct avo_scenario *scenario, uint8_t slot, const char *text) {
    uint32_t id = ++scenario->request_count;
    struct avo_request request = parse(text);
    request.id = id;
    struct avo_event event = {.type = AVO_EVENT_REQUEST, .origin = id + 1000, .request = &request};
    step(scenario, slot, &event);
    return id;
}

void avo_scenario_tick(struct avo_scenario *scenario, uint64_t us) {
    scenario->now_us += us;
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        do {
            struct avo_event event = {.type = AVO_EVENT_TICK};
            step(scenario, slot, &event);
        } while (scenario->effects.more);
    }
}

void avo_scenario_drop(struct avo_scenario *scenario, uint32_t index) {
    AVO_ASSERT(index < scenario->packet_count);
    free(scenario->packets[index].bytes);
    scenario->packet_count--;
    memmove(&scenario->packets[index], &scenario->packets[index + 1],
            (scenario->packet_count - index) * sizeof scenario->packets[0]);
}

void avo_scenario_hand_over(struct avo_scenario *scenario, uint8_t slot, uint8_t from, const struct avo_message *message) {
    struct avo_event event = {.type = AVO_EVENT_MESSAGE, .slot = from, .message = message};
    step(scenario, slot, &event);
}

static void unpack(struct avo_scenario *scenario, const struct avo_scenario_packet *packet) {
    if (packet->epoch != scenario->nodes[packet->to].epoch) {
        return; /* [V2] */
    }
    struct avo_message message;
    AVO_ASSERT(avo_message_read(avo_slice(packet->bytes, packet->length), &message) == AVO_OK);
    avo_scenario_hand_over(scenario, packet->to, packet->from, &message);
}

void avo_scenario_deliver(struct avo_scenario *scenario, uint32_t index, bool keep) {
    AVO_ASSERT(index < scenario->packet_count);
    struct avo_scenario_packet packet = scenario->packets[index];
    unpack(scenario, &packet);
    if (!keep) {
        avo_scenario_drop(scenario, index);
    }
}

static uint32_t oldest(const struct avo_scenario *scenario, const char *link) {
    for (uint32_t i = 0; i < scenario->packet_count; i++) {
        if (scenario->packets[i].from == link[0] - '0' && scenario->packets[i].to == link[2] - '0') {
            return i;
        }
    }
    AVO_ASSERT(false);
    return 0;
}

void avo_scenario_pass(struct avo_scenario *scenario, const char *link) {
    avo_scenario_deliver(scenario, oldest(scenario, link), false);
}

void avo_scenario_lose(struct avo_scenario *scenario, const char *link) {
    avo_scenario_drop(scenario, oldest(scenario, link));
}

void avo_scenario_settle(struct avo_scenario *scenario) {
    while (scenario->packet_count > 0) {
        avo_scenario_deliver(scenario, 0, false);
    }
}

void avo_scenario_lose_all(struct avo_scenario *scenario) {
    while (scenario->packet_count > 0) {
        avo_scenario_drop(scenario, scenario->packet_count - 1);
    }
}

void avo_scenario_seed(struct avo_scenario *scenario, uint8_t slot, const char *key, uint64_t clock, const char *value) {
    struct avo_version version = {.clock = clock, .writer = {.incarnation = 1}};
    struct avo_slice bytes = avo_slice_string(value != NULL ? value : "");
    enum avo_error error =
        avo_store_apply(scenario->nodes[slot].store, avo_slice_string(key), version, value != NULL ? &bytes : NULL, NULL);
    AVO_ASSERT(error == AVO_OK);
}

void avo_scenario_damage(struct avo_scenario *scenario, uint8_t slot, const char *key) {
    avo_store_twin_damage(scenario->nodes[slot].store, avo_slice_string(key));
}
